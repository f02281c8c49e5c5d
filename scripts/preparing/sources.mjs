import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Patterns, relative to a package's folder, of what is there for tests only and is not built. */
export const NOT_BUILT = ['**/*.spec.ts', '**/testing/**'];

const OTHER_INPUTS = ['.swcrc', 'package.json', 'scripts/preparing/build.mjs', 'scripts/preparing/sources.mjs'];

/**
 * @param {string} root the checkout
 * @returns {string[]} what is built, such as `apps/api`
 */
export function packageFolders(root) {
  return ['apps', 'libs'].flatMap((group) =>
    (existsSync(join(root, group)) ? readdirSync(join(root, group)) : [])
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'src')))
      .sort(),
  );
}

/**
 * Changes whenever a build would come out differently.
 * @param {string} root the checkout
 */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [...OTHER_INPUTS, ...packageFolders(root).flatMap((folder) => sourceFiles(root, folder))]) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root the checkout
 * @param {string} folder such as `apps/api`
 */
function sourceFiles(root, folder) {
  return readdirSync(join(root, folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !file.endsWith('.spec.ts') && !file.includes('/testing/'))
    .sort();
}

/** @param {string} root */
export const stampPath = (root) => join(root, 'dist', '.stamp');

/**
 * Whether what is in dist was built from the sources as they are now.
 * @param {string} root the checkout
 */
export function isBuilt(root) {
  return existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === fingerprint(root);
}
