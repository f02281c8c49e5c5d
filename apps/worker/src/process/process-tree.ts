import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../system-error.js';
import type { AttemptCgroup } from './cgroups.js';
import { familyOf, type Kinship, type ProcessId } from './family.js';
import { type ProcessEntry, readProcessTable } from './process-table.js';

const POLL_MS = { first: 10, longest: 200 };
/** What has been killed is gone within milliseconds, but for what runs as another user or waits for a broken device. */
const KILLED_MS = 1000;
/** How many survivors a report names. */
const MOST_SURVIVORS = 20;

/** How an attempt was ended that did not end by itself. */
export interface Termination {
  /** What was sent to its processes, in order. */
  signals: NodeJS.Signals[];
  /** How many processes were signalled. */
  processes: number;
  /** Who still runs; empty as a rule. */
  survived: { pid: number; name: string }[];
  /** `cgroup`: nothing can have escaped. `process-tree`: what has left the tree and shed its mark is not found. */
  reach: 'cgroup' | 'process-tree';
}

/** The trees of attempts that are not over: a worker that ends at once must not leave them behind. */
const held = new Set<ProcessTree>();

/** SIGKILL to all trees that are held, before this returns. */
export function killHeldTrees(): void {
  for (const tree of held) tree.kill();
}

/** The processes of one attempt: a leader with a group and a session of its own, and all that it has started. */
export class ProcessTree {
  private known: ProcessEntry[] = [];
  private readonly signalled = new Set<number>();

  /** It is held until it was let go or ended. */
  constructor(
    private readonly leader: Kinship['leader'],
    private readonly mark: string | null,
    private readonly cgroup: AttemptCgroup | null = null,
  ) {
    held.add(this);
  }

  /** What still runs in it may go on for good. To be called when its leader has ended: the number may be given anew. */
  letGo(): void {
    held.delete(this);
    this.cgroup?.remove();
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /**
   * SIGTERM to all, and after `graceMs` SIGKILL to whoever is left, the leader or not, in a group or not. Resolves when
   * none runs any more, and soon after the SIGKILL in any case.
   */
  async end(graceMs: number): Promise<Termination> {
    const signals: NodeJS.Signals[] = [];
    if (this.signal('SIGTERM')) signals.push('SIGTERM');
    await this.goneWithin(graceMs);
    if (this.signal('SIGKILL')) signals.push('SIGKILL');
    // Again and again: one that was about to start another may have done so.
    await this.goneWithin(KILLED_MS, () => this.signal('SIGKILL'));
    const survived = this.members().slice(0, MOST_SURVIVORS);
    this.letGo();
    return {
      signals,
      processes: this.signalled.size,
      survived: survived.map(({ pid, name }) => ({ pid, name })),
      reach: this.cgroup === null ? 'process-tree' : 'cgroup',
    };
  }

  /** Signals all that run now; answers whether there was one. */
  private signal(name: NodeJS.Signals): boolean {
    const members = this.members();
    // First the group as a whole, which no fork can outrun.
    if (this.leader !== null && members.some(({ group }) => group === this.leader?.pid)) send(-this.leader.pid, name);
    if (name === 'SIGKILL') this.cgroup?.kill();
    for (const { pid, group } of members) {
      if (group !== this.leader?.pid) send(pid, name);
      this.signalled.add(pid);
    }
    return members.length > 0;
  }

  // Polled, because no event tells that a tree is empty.
  private async goneWithin(ms: number, meanwhile: () => void = () => undefined): Promise<void> {
    const deadline = performance.now() + ms;
    let pause = POLL_MS.first;
    while (this.members().length > 0) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await delay(Math.min(left, pause));
      meanwhile();
      pause = Math.min(pause * 2, POLL_MS.longest);
    }
  }

  private members(): ProcessEntry[] {
    const { leader, mark, cgroup } = this;
    const known: readonly ProcessId[] = this.known;
    this.known = familyOf(readProcessTable(), { leader, mark, known, contained: cgroup?.processes() ?? new Set() });
    return this.known;
  }
}

/** One that has ended, or that runs as another user, cannot be signalled: whether it is gone is seen in the table. */
function send(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
