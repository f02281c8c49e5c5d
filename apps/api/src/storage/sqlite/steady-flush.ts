import { Worker } from 'node:worker_threads';

/** Milliseconds between two flushes: what a disk of a small server takes in that time is little to wait for. */
const PAUSE_MS = 50;

/** In a thread, since whoever writes the file is busy with nothing else: runs by itself, so it is no module of its own. */
const THREAD = `
  const { closeSync, fdatasyncSync, openSync } = require('node:fs');
  const { workerData: { path, over, pause } } = require('node:worker_threads');
  const file = openSync(path, 'r');
  while (Atomics.wait(over, 0, 0, pause) === 'timed-out') fdatasyncSync(file);
  closeSync(file);
`;

/**
 * Runs `write`, which fills the file at `path`, and meanwhile has what it wrote brought to the disk bit by bit. Flushed all
 * at once in the end, it would hold up the flushes of everybody else on the same file system.
 */
export function flushingSteadily(path: string, write: () => void): void {
  const over = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(THREAD, { eval: true, workerData: { path, over, pause: PAUSE_MS } });
  // A flush that fails is nobody's loss: the last one, by whoever writes, is the one that counts.
  thread.on('error', () => undefined);
  try {
    write();
  } finally {
    Atomics.store(over, 0, 1);
    Atomics.notify(over, 0);
  }
}
