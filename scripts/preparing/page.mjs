import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { run } from './run.mjs';

/** What is sent compressed; smaller files gain nothing. */
const COMPRESSED = /\.(html|css|js|svg)$/;
const LEAST_BYTES = 1024;
/** A quarter of the time of the highest quality, and files two percent larger. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/**
 * Builds the web page.
 * @param {string} root the checkout
 * @param {string} target the folder for its files
 */
export async function buildPage(root, target) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const options = ['build', '--outDir', target, '--emptyOutDir', '--logLevel', 'warn'];
  const result = await run(process.execPath, [vite, ...options], { cwd: join(root, 'apps/web'), capture: true });
  if (result.code === 0) await compressFiles(target);
  return result;
}

/**
 * Puts a compressed one beside every file that gains by it, so that no request pays for that.
 * @param {string} folder
 */
async function compressFiles(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && COMPRESSED.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(
    files.map(async (file) => {
      const content = readFileSync(file);
      if (content.length < LEAST_BYTES) return;
      writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
      writeFileSync(`${file}.br`, await promisify(brotliCompress)(content, QUALITY));
    }),
  );
}
