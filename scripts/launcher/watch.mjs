import { watch } from 'node:fs';
import { join } from 'node:path';
import { build } from '../preparing/build.mjs';
import { withLock } from '../preparing/lock.mjs';
import { isBuilt, watchedFolders } from '../preparing/sources.mjs';

/** Editors save in several steps. */
const SETTLE_MS = 150;

/**
 * Builds again whenever the sources have changed, until `signal` is aborted. A build that fails leaves the last one in
 * place.
 * @param {string} root the checkout
 * @param {AbortSignal} signal
 * @param {(error: Error) => void} onFailed
 * @returns {() => Promise<void>} answers the next build that succeeds
 */
export function rebuildOnChange(root, signal, onFailed) {
  /** @type {(() => void)[]} */
  const waiting = [];
  const rebuild = async () => {
    if (signal.aborted || isBuilt(root)) return;
    await withLock(root, () => build(root));
    for (const resolve of waiting.splice(0)) resolve();
  };
  /** @type {NodeJS.Timeout | undefined} */
  let settling;
  let builds = Promise.resolve();
  const changed = () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      builds = builds.then(rebuild).catch(onFailed);
    }, SETTLE_MS);
  };
  for (const folder of watchedFolders(root)) {
    watch(join(root, folder), { recursive: true, signal }, changed).on('error', onFailed);
  }
  return () => new Promise((resolve) => waiting.push(resolve));
}
