import { report } from '../failure.mjs';
import { buildIfStale } from './build.mjs';
import { installIfNeeded, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { isBuilt } from './sources.mjs';

/**
 * Installs the packages and builds the programs where that is still to be done. Rejects with a Failure.
 * @param {string} root the checkout
 */
export async function prepare(root) {
  if (isInstalled(root) && isBuilt(root)) return;
  await withLock(root, async () => {
    await installIfNeeded(root);
    await buildIfStale(root);
  });
}

/** @param {string} root */
export function prepareOrReport(root) {
  return prepare(root).catch(report);
}
