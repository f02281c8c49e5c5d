import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report } from './failure.mjs';
import { prepare } from './preparing/main.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { watch } = parseArgs({ options: { watch: { type: 'boolean', default: false } } }).values;
try {
  // Nothing is left to do after `prestart`, which npm skips for `npm run dev` and under its `ignore-scripts`.
  await prepare(root);
  // Loaded now: it needs an installed package.
  const { launch } = await import('./launcher/launch.mjs');
  process.exitCode = await launch(root, { watch });
} catch (error) {
  report(error);
}
