import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../system-error.js';

const POLL_MS = { first: 10, longest: 200 };
/** What has been killed is gone within milliseconds, but for what runs as another user or waits for a broken device. */
const KILLED_MS = 1000;

/** The groups of attempts that are not over: a worker that ends at once must not leave them behind. */
const held = new Set<ProcessGroup>();

/** SIGKILL to all groups that are held, before this returns. */
export function killHeldGroups(): void {
  for (const group of held) group.kill();
}

/** A process that leads a group of its own, and all that it has started in that group. */
export class ProcessGroup {
  /** It is held until it was let go or ended. @param id the process id of the leader */
  constructor(private readonly id: number) {
    held.add(this);
  }

  /** What still runs in it may go on for good. To be called when its leader has ended: the id may be given anew. */
  letGo(): void {
    held.delete(this);
  }

  kill(): void {
    signal(-this.id, 'SIGKILL');
  }

  /**
   * SIGTERM to all, and after `graceMs` SIGKILL to whoever is left, the leader or not. Resolves when none runs any more,
   * and soon after the SIGKILL in any case.
   */
  async end(graceMs: number): Promise<void> {
    signal(-this.id, 'SIGTERM');
    await this.goneWithin(graceMs);
    this.kill();
    await this.goneWithin(KILLED_MS);
    this.letGo();
  }

  // Polled, because no event tells that a group is empty.
  private async goneWithin(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    let pause = POLL_MS.first;
    while (this.isRunning()) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await delay(Math.min(left, pause));
      pause = Math.min(pause * 2, POLL_MS.longest);
    }
  }

  private isRunning(): boolean {
    if (!signal(-this.id, 0)) return false;
    if (process.platform !== 'linux') return true;
    return signal(this.id, 0) || hasRunningMember(this.id);
  }
}

/** Whether there was a process that could be signalled: one that runs as another user cannot be. */
function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, name);
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EPERM')) return false;
    throw error;
  }
}

/**
 * Whether a member of a group is more than a zombie. The dead can be signalled until their parent has collected them,
 * and in a container the process that inherits orphans may do so late or never.
 */
function hasRunningMember(group: number): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isRunningIn(group, name));
}

function isRunningIn(group: number, pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): "pid (name) state parent group …", where the name may hold any character.
    const [state = '', , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(itsGroup) === group && !'ZX'.includes(state);
  } catch {
    // It ended since the folder was listed.
    return false;
  }
}
