import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.mjs';
import { bundlePrograms } from './bundle.mjs';
import { buildPage } from './page.mjs';
import { run } from './run.mjs';
import {
  fingerprint,
  hasPage,
  isBuilt,
  isPageBuilt,
  NOT_BUILT,
  packageFolders,
  pageFingerprint,
  pageStampPath,
  stampPath,
} from './sources.mjs';

/** @param {string} root */
export async function buildIfStale(root) {
  if (!isBuilt(root)) await build(root);
}

/**
 * Compiles every app and library into dist, and builds the web page unless that is as new as its sources. Rejects with a
 * Failure that carries the compiler's words, and then leaves the last build in place. The caller holds the lock.
 * @param {string} root the checkout
 */
export async function build(root) {
  const began = performance.now();
  // Taken first: what is edited while the compiler runs makes this build a stale one.
  const stamp = fingerprint(root);
  const pageStamp = hasPage(root) ? pageFingerprint(root) : null;
  const page = join('apps', 'web');
  const keepsPage = pageStamp === null || (isPageBuilt(root) && existsSync(join(root, 'dist', page)));
  const next = join(root, 'dist', '.next');
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const folders = packageFolders(root);
  const results = await Promise.all([
    ...(keepsPage ? [] : [buildPage(root, join(next, page))]),
    ...folders.map((folder) => compile(root, folder, join(next, folder))),
  ]);
  if (results.every(({ code }) => code === 0)) results.push(await bundlePrograms(root, join(next, 'apps')));
  const failed = results.filter(({ code }) => code !== 0);
  if (failed.length > 0) {
    rmSync(next, { recursive: true, force: true });
    throw new Failure(`The build failed.\n${failed.map(({ output }) => output.trim()).join('\n')}`);
  }
  if (keepsPage && pageStamp !== null) cpSync(join(root, 'dist', page), join(next, page), { recursive: true });
  replace(root, next);
  writeFileSync(stampPath(root), stamp);
  if (pageStamp !== null) writeFileSync(pageStampPath(root), pageStamp);
  const built = [...folders, ...(keepsPage ? [] : [page])].sort();
  console.error(`Built ${built.join(', ')} in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
}

/**
 * @param {string} root the checkout
 * @param {string} folder such as `apps/api`
 * @param {string} target where its JavaScript goes
 */
function compile(root, folder, target) {
  const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
  const options = ['--strip-leading-paths', '--config-file', join(root, '.swcrc'), '--ignore', NOT_BUILT.join(',')];
  // swc strips the first folder of a path only, so it has to run beside `src`.
  return run(process.execPath, [swc, 'src', '--out-dir', target, ...options], {
    cwd: join(root, folder),
    capture: true,
  });
}

/**
 * @param {string} root the checkout
 * @param {string} next a finished build
 */
function replace(root, next) {
  const dist = join(root, 'dist');
  const previous = join(dist, '.previous');
  rmSync(previous, { recursive: true, force: true });
  mkdirSync(previous);
  // Ended half-way, a mixture would be left: without a stamp it is built again.
  for (const stamp of [stampPath(root), pageStampPath(root)]) rmSync(stamp, { force: true });
  for (const group of ['apps', 'libs']) {
    if (existsSync(join(dist, group))) renameSync(join(dist, group), join(previous, group));
    if (existsSync(join(next, group))) renameSync(join(next, group), join(dist, group));
  }
  rmSync(previous, { recursive: true });
  rmSync(next, { recursive: true });
}
