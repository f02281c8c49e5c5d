import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Patterns, relative to a package's folder, of what is there for tests only and is not built. */
export const NOT_BUILT = ['**/*.spec.ts', '**/testing/**'];

const OTHER_INPUTS = [
  '.swcrc',
  'package.json',
  'package-lock.json',
  ...['build', 'bundle', 'sources'].map((name) => `scripts/preparing/${name}.mjs`),
];

/** What the web page is made of; a change of anything else leaves the one that was built as it is. */
const PAGE = 'apps/web';
const PAGE_INPUTS = [PAGE, 'libs/client/src', 'libs/contracts/src'];
const OTHER_PAGE_INPUTS = ['package-lock.json', 'scripts/preparing/page.mjs', 'scripts/preparing/sources.mjs'];

/** @param {string} root the checkout */
export const hasPage = (root) => existsSync(join(root, PAGE, 'index.html'));

/**
 * @param {string} root the checkout
 * @returns {string[]} the programs and libraries that are compiled, such as `apps/api`
 */
export function packageFolders(root) {
  return ['apps', 'libs'].flatMap((group) =>
    (existsSync(join(root, group)) ? readdirSync(join(root, group)) : [])
      .map((name) => `${group}/${name}`)
      .filter((folder) => folder !== PAGE && existsSync(join(root, folder, 'src')))
      .sort(),
  );
}

/**
 * @param {string} root the checkout
 * @returns {string[]} where a change may be one of what is built
 */
export function watchedFolders(root) {
  return [...packageFolders(root).map((folder) => `${folder}/src`), ...(hasPage(root) ? [PAGE] : [])];
}

/**
 * Changes whenever a build of the programs would come out differently.
 * @param {string} root the checkout
 */
export function fingerprint(root) {
  return hashOf(root, [
    ...OTHER_INPUTS,
    ...packageFolders(root).flatMap((folder) => sourceFiles(root, `${folder}/src`)),
  ]);
}

/**
 * The same for the web page.
 * @param {string} root the checkout
 */
export function pageFingerprint(root) {
  return hashOf(root, [...OTHER_PAGE_INPUTS, ...PAGE_INPUTS.flatMap((folder) => sourceFiles(root, folder))]);
}

/**
 * @param {string} root the checkout
 * @param {string[]} files
 */
function hashOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root the checkout
 * @param {string} folder such as `apps/api/src`
 */
function sourceFiles(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !file.endsWith('.spec.ts') && !file.includes('/testing/'))
    .sort();
}

/** @param {string} root */
export const stampPath = (root) => join(root, 'dist', '.stamp');

/** @param {string} root */
export const pageStampPath = (root) => join(root, 'dist', '.page-stamp');

/**
 * Whether what is in dist was built from the sources as they are now.
 * @param {string} root the checkout
 */
export const isBuilt = (root) => holds(stampPath(root), fingerprint(root)) && isPageBuilt(root);

/**
 * The same for the web page alone; true where there is none to build.
 * @param {string} root the checkout
 */
export const isPageBuilt = (root) => !hasPage(root) || holds(pageStampPath(root), pageFingerprint(root));

/**
 * @param {string} stamp a file
 * @param {string} content
 */
const holds = (stamp, content) => existsSync(stamp) && readFileSync(stamp, 'utf8') === content;
