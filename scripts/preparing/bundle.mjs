import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Loaded as they are: machine code, files for browsers, and what Nest looks for and does without. */
const APART = [
  /^better-sqlite3$/,
  /^swagger-ui-dist/,
  /^@nestjs\/(microservices|websockets|platform-fastify)/,
  /^@fastify\//,
  'class-transformer',
];

/**
 * Puts each program and the libraries that it stands on into a few files: finding and loading some two thousand takes most
 * of a start. `main.js` loads these instead; the modules stay beside them.
 * @param {string} root the checkout
 * @param {string} apps the folder of the compiled apps
 * @returns {Promise<{code: number, output: string}>} as of a compiler
 */
export async function bundlePrograms(root, apps) {
  const folders = existsSync(apps) ? readdirSync(apps).map((name) => join(apps, name)) : [];
  const programs = folders.filter((folder) => existsSync(join(folder, 'main.js')));
  try {
    await Promise.all(programs.map((folder) => bundle(root, folder)));
    return { code: 0, output: '' };
  } catch (error) {
    return { code: 1, output: String(error) };
  }
}

/**
 * @param {string} root
 * @param {string} folder of one program
 */
async function bundle(root, folder) {
  const { rolldown } = await import('rolldown');
  const main = join(folder, 'main.js');
  const libs = join(folder, '../../libs');
  const bundled = await rolldown({
    input: main,
    platform: 'node',
    external: APART,
    logLevel: 'silent',
    // The libraries of this build, not those of the one before that package.json names.
    resolve: {
      alias: Object.fromEntries(libraries(root).map(([name, path]) => [name, path.replace('./dist/libs', libs)])),
    },
  });
  await bundled.write({ dir: join(folder, 'bundle'), format: 'esm', keepNames: true, minify: 'dce-only' });
  await bundled.close();
  const [first] = readFileSync(main, 'utf8').split('\n');
  const shebang = first?.startsWith('#!') ? `${first}\n` : '';
  writeFileSync(main, `${shebang}import './bundle/main.js';\n`);
  // npm makes a command executable when it links it, and a later build would undo that.
  if (shebang) chmodSync(main, 0o755);
}

/**
 * The names that our own libraries are imported by, and their built files.
 * @param {string} root
 * @returns {[string, string][]}
 */
function libraries(root) {
  const { imports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(imports).map(([name, target]) => [name, target.default]);
}
