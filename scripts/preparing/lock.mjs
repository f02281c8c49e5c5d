import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 200;

/**
 * Does the action while no other process does one in this checkout. A lock whose process has died counts for nothing.
 * @param {string} root the checkout
 * @param {() => Promise<void>} action
 */
export async function withLock(root, action) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const path = join(root, 'dist', '.lock');
  await acquire(path);
  try {
    await action();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
async function acquire(path) {
  let announced = false;
  while (!create(path)) {
    const holder = read(path);
    if (holder === null) continue;
    if (!isAlive(holder)) {
      removeStale(path, holder);
      continue;
    }
    if (!announced) {
      console.error(`Process ${holder} is preparing this checkout; waiting for it (it holds ${path}).`);
      announced = true;
    }
    await delay(RETRY_MS);
  }
}

/**
 * Linked into place with its content, so that no one ever reads a lock without a holder.
 * @param {string} path
 */
function create(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {number | null} the holder's process id
 */
function read(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Takes the lock of a dead process away. Between reading and renaming, another process may have done so and locked
 * for itself: its lock is put back.
 * @param {string} path
 * @param {number} holder
 */
function removeStale(path, holder) {
  const taken = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, taken);
    if (read(taken) !== holder) linkSync(taken, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(taken, { force: true });
  }
}
