import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executionContext } from '../../testing/execution.js';
import type { ExecutionContext } from '../executor.js';

/** A new folder, by its real path. */
export function makeFolder(): string {
  return mkdtempSync(join(realpathSync(tmpdir()), 'openclaw-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function contextOf(signal: AbortSignal = new AbortController().signal): ExecutionContext {
  return executionContext({}, { signal, maxOutputBytes: 1024 });
}

/** For tasks that name no upload. */
export const noUploads = {
  download(): never {
    throw new Error('no upload was expected');
  },
};

/** A signal that is aborted at the moment when it is looked at for the `count`-th time. */
export function abortedAtLook(count: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const look = signal.throwIfAborted.bind(signal);
  let looks = 0;
  signal.throwIfAborted = () => {
    looks += 1;
    if (looks === count) controller.abort(reason);
    look();
  };
  return signal;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The hidden files in a folder: what a write that cleans up leaves none of. */
export function hiddenIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('.'));
}

export interface SmallDisk {
  folder: string;
  makeReadOnly(): void;
  remove(): void;
}

/** A file system of `bytes`, or null where this user may not mount one. */
export function mountSmallDisk(bytes: number): SmallDisk | null {
  const folder = makeFolder();
  const run = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'openclaw-test', folder)) {
    removeFolder(folder);
    return null;
  }
  return {
    folder,
    makeReadOnly() {
      if (!run('mount', '-o', 'remount,ro', folder)) throw new Error(`cannot remount ${folder}`);
    },
    remove() {
      if (!run('umount', folder)) throw new Error(`cannot unmount ${folder}`);
      removeFolder(folder);
    },
  };
}
