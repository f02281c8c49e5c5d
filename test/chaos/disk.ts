import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../apps/worker/src/system-error.js';

const BLOCK = Buffer.alloc(65_536);

/** A small disk of its own, which can be filled. Making one takes root. */
export class Disk {
  private readonly ballast: string;

  private constructor(readonly path: string) {
    this.ballast = join(path, 'ballast');
  }

  static mount(path: string, mebibytes: number): Disk {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'none', path]);
    return new Disk(path);
  }

  fill(): void {
    const file = openSync(this.ballast, 'w');
    try {
      for (let size = BLOCK.length; size > 0; ) size = writes(file, size) ? size : Math.floor(size / 2);
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.path]);
  }
}

function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, BLOCK, 0, size) === size;
  } catch (error) {
    if (hasCode(error, 'ENOSPC')) return false;
    throw error;
  }
}
