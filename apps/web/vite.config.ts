import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

const lib = (name: string) => fileURLToPath(new URL(`../../libs/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  plugins: [tailwindcss()],
  resolve: { alias: { '#client': lib('client'), '#contracts': lib('contracts') } },
  build: {
    // The first that know `light-dark()`, in which both themes are written.
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // A file inlined as a data: URL would need a policy that allows those.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
