import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hasCode } from '../system-error.js';

const PREFIX = 'openclaw-';
/** Moves itself into the cgroup that its first argument belongs to, and becomes the program that the others name. */
const ENTER = 'echo 0 > "$0" 2>/dev/null; exec "$@"';

/**
 * A cgroup (version 2) for each attempt, below the worker's own: what an attempt starts cannot leave it. Only where the
 * system lets the worker make them, as systemd does for a unit with `Delegate=` and for what runs in a user's session.
 */
export class Cgroups {
  private constructor(private readonly own: string) {}

  /** Null when the worker may not make any; what an earlier run has left empty is removed. */
  static find(): Cgroups | null {
    if (process.platform !== 'linux') return null;
    const own = ownCgroup(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
    if (own === null) return null;
    for (const name of readdirSync(own)) if (name.startsWith(PREFIX)) new AttemptCgroup(join(own, name)).remove();
    const cgroups = new Cgroups(own);
    return cgroups.work() ? cgroups : null;
  }

  /** The cgroup of an attempt, made when it is missing; null when the system refuses another. */
  open(name: string): AttemptCgroup | null {
    const path = this.pathOf(name);
    try {
      mkdirSync(path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) return null;
    }
    return new AttemptCgroup(path);
  }

  /** The cgroup that an earlier run made for an attempt; null when there is none. */
  left(name: string): AttemptCgroup | null {
    const path = this.pathOf(name);
    return existsSync(path) ? new AttemptCgroup(path) : null;
  }

  private pathOf(name: string): string {
    return join(this.own, PREFIX + name.replace(/[^\w.-]/g, '_'));
  }

  /** Being allowed to make one does not mean being allowed to enter it. */
  private work(): boolean {
    const trial = this.open(`trial-${process.pid}`);
    if (trial === null) return false;
    const { status } = spawnSync('/bin/sh', ['-c', 'echo 0 > "$0"', trial.door], { stdio: 'ignore' });
    trial.remove();
    return status === 0;
  }
}

/** The cgroup of one attempt. */
export class AttemptCgroup {
  constructor(private readonly path: string) {}

  /** What a process writes to, to be in it. */
  get door(): string {
    return join(this.path, 'cgroup.procs');
  }

  /** The call that runs `program` inside: it is in before it can start anything, under the same process id. */
  entered(program: string, args: readonly string[]): { program: string; args: string[] } {
    return { program: '/bin/sh', args: ['-c', ENTER, this.door, program, ...args] };
  }

  /** The ids of all processes in it. */
  processes(): Set<number> {
    try {
      return new Set(readFileSync(this.door, 'utf8').split('\n').filter(Boolean).map(Number));
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENODEV')) return new Set();
      throw error;
    }
  }

  /** SIGKILL to all at once, where the kernel can; those that are listed are signalled one by one as well. */
  kill(): void {
    try {
      writeFileSync(join(this.path, 'cgroup.kill'), '1', { flag: 'r+' });
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'EACCES')) throw error;
    }
  }

  /** It stays while something that may go on runs in it; the next start of the worker looks again. */
  remove(): void {
    try {
      rmdirSync(this.path);
    } catch (error) {
      if (!hasCode(error, 'EBUSY', 'ENOENT', 'ENOTEMPTY', 'EACCES', 'EPERM')) throw error;
    }
  }
}

/**
 * The folder of this process's cgroup; null without version 2, or when it is the root, which is not the worker's.
 * @param membership the text of /proc/self/cgroup
 * @param mounts the text of /proc/self/mountinfo
 */
export function ownCgroup(membership: string, mounts: string): string | null {
  const path = /^0::(\/.+)$/m.exec(membership)?.[1];
  // proc(5): "id parent major:minor root mount-point options… - type source options"
  const mount = mounts.split('\n').find((line) => line.includes(' - cgroup2 '));
  const [, , , root = '/', mountPoint] = mount?.split(' ') ?? [];
  if (path === undefined || mountPoint === undefined) return null;
  const below = relative(root, path);
  return below === '' || below.startsWith('..') ? null : join(mountPoint, below);
}
