import type { AttemptRef, HandOut, Poll } from '../../apps/api/src/storage/task-store.js';
import type { Random } from '../chaos/random.js';

/** What a worker does with an attempt that it was handed: it runs, or it has ended and its report waits. */
interface Held extends AttemptRef {
  cancelling: boolean;
  /** How it ended; null while it runs. */
  outcome: 'completed' | 'failed' | 'cancelled' | null;
}

const CAPACITY = 3;

/** The rules of a worker without its processes: what it lists, what it starts, and what a crash takes from it. */
export class ModelWorker {
  /** Every start of an attempt, whatever has become of it. */
  readonly started: AttemptRef[] = [];
  private generation = 1;
  private seq = 0;
  private held: Held[] = [];

  constructor(
    private readonly name: string,
    private readonly id: string,
    private readonly random: Random,
  ) {}

  get isIdle(): boolean {
    return this.held.length === 0;
  }

  nextPoll(draining = false): Poll {
    this.seq += 1;
    return {
      claimant: {
        kind: 'session',
        tokenId: 'environment',
        workerName: this.name,
        workerId: this.id,
        generation: this.generation,
        seq: this.seq,
      },
      description: { hostname: null, platform: null, version: null, tags: [], maxConcurrent: CAPACITY },
      kinds: ['command'],
      max: draining ? 0 : CAPACITY - this.held.filter(({ outcome }) => outcome === null).length,
      draining,
      running: this.held.map(({ taskId, attempt, cancelling }) => ({ taskId, attempt, cancelling })),
    };
  }

  /** Takes the answer to its newest poll; it has given up all others. */
  take(handOuts: readonly HandOut[], cancel: readonly AttemptRef[], stale: readonly AttemptRef[]): void {
    const names = (refs: readonly AttemptRef[], { taskId, attempt }: AttemptRef) =>
      refs.some((ref) => ref.taskId === taskId && ref.attempt === attempt);
    this.held = this.held.filter((attempt) => !names(stale, attempt));
    for (const attempt of this.held.filter((one) => names(cancel, one))) {
      attempt.cancelling = true;
      attempt.outcome ??= 'cancelled';
    }
    for (const { id: taskId, attempt } of handOuts) {
      this.started.push({ taskId, attempt });
      this.held.push({ taskId, attempt, cancelling: false, outcome: null });
    }
  }

  /** Lets one of the attempts that run come to its end. */
  finishOne(): void {
    const running = this.held.filter(({ outcome }) => outcome === null);
    if (running.length > 0) this.random.pick(running).outcome = this.random.next() < 0.2 ? 'failed' : 'completed';
  }

  /** A report that waits, if any. */
  nextReport(): Held | undefined {
    const waiting = this.held.filter(({ outcome }) => outcome !== null);
    return waiting.length > 0 ? this.random.pick(waiting) : undefined;
  }

  /** The server has answered for the report. */
  drop({ taskId, attempt }: AttemptRef): void {
    this.held = this.held.filter((held) => held.taskId !== taskId || held.attempt !== attempt);
  }

  /** What runs is ended by the next start; what has ended lies in the spool. */
  crash(): void {
    this.held = this.held.filter(({ outcome }) => outcome !== null);
    this.generation += 1;
    this.seq = 0;
  }
}
