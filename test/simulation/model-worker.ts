import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRef, HandOut, Poll } from '../../apps/api/src/storage/task-store.js';
import { ResultSpool } from '../../apps/worker/src/delivery/result-spool.js';
import type { SpooledReport } from '../../apps/worker/src/delivery/spooled-report.js';
import type { Random } from '../chaos/random.js';
import { losePower } from '../power-loss/disk-memory.mjs';

/** An attempt that the worker was handed: it runs, or its report lies in the spool. */
interface Held extends AttemptRef {
  cancelling: boolean;
  ended: boolean;
}

const CAPACITY = 3;

/** What an attempt prints: nobody else's. */
export const printedBy = ({ taskId, attempt }: AttemptRef) => `${taskId} ${attempt}`;
const isSame = (a: AttemptRef, b: AttemptRef) => a.taskId === b.taskId && a.attempt === b.attempt;
const namedIn = (refs: readonly AttemptRef[], ref: AttemptRef) => refs.some((one) => isSame(one, ref));

/**
 * The rules of a worker without its processes: what it lists, what it starts, and what a crash takes from it. Its spool
 * is the real one.
 */
export class ModelWorker {
  /** Every start of an attempt, whatever has become of it. */
  readonly started: AttemptRef[] = [];
  private readonly directory: string;
  generation = 1;
  private seq = 0;
  private held: Held[] = [];
  private spool!: ResultSpool;

  /** @param disk a folder whose flushed content is remembered in `memory` */
  constructor(
    private readonly name: string,
    private readonly id: string,
    disk: string,
    private readonly memory: string,
    private readonly random: Random,
  ) {
    this.directory = join(disk, name);
    mkdirSync(this.directory);
  }

  get isIdle(): boolean {
    return this.held.length === 0;
  }

  /** Reads what an earlier start has left. */
  async start(): Promise<void> {
    this.spool = await ResultSpool.open(this.directory);
    const { attempts } = await this.spool.load();
    this.held = attempts.map(({ taskId, attempt }) => ({ taskId, attempt, cancelling: false, ended: true }));
  }

  nextPoll(): Poll {
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
      max: CAPACITY - this.held.filter(({ ended }) => !ended).length,
      draining: false,
      running: this.held.map(({ taskId, attempt, cancelling }) => ({ taskId, attempt, cancelling })),
    };
  }

  /** Takes the answer to its newest poll; it has given up all others. */
  async take(handOuts: readonly HandOut[], cancel: readonly AttemptRef[], stale: readonly AttemptRef[]): Promise<void> {
    for (const ref of stale) await this.drop(ref);
    for (const attempt of this.held.filter((one) => namedIn(cancel, one))) {
      attempt.cancelling = true;
      if (!attempt.ended) await this.end(attempt, 'cancelled');
    }
    for (const { id: taskId, attempt } of handOuts) {
      this.started.push({ taskId, attempt });
      this.held.push({ taskId, attempt, cancelling: false, ended: false });
    }
  }

  /** Lets one of the attempts that run come to its end. */
  async finishOne(): Promise<void> {
    const running = this.held.filter(({ ended }) => !ended);
    if (running.length === 0) return;
    await this.end(this.random.pick(running), this.random.next() < 0.2 ? 'failed' : 'completed');
  }

  /** A report that waits, if any. */
  async nextReport(): Promise<SpooledReport | undefined> {
    const waiting = this.held.filter(({ ended }) => ended);
    return waiting.length > 0 ? this.spool.read(this.random.pick(waiting)) : undefined;
  }

  /** The server has answered for the report, or wants none. */
  async drop(ref: AttemptRef): Promise<void> {
    this.held = this.held.filter((held) => !isSame(held, ref));
    await this.spool.remove(ref);
  }

  /** What runs is ended by the next start. With the power goes what was not flushed. */
  async crash(power: 'stays' | 'goes'): Promise<void> {
    if (power === 'goes') losePower(this.directory, this.memory);
    this.generation += 1;
    this.seq = 0;
    await this.start();
  }

  private async end(attempt: Held, status: 'completed' | 'failed' | 'cancelled'): Promise<void> {
    const { taskId, attempt: number } = attempt;
    const exitCode = status === 'completed' ? 0 : 1;
    await this.spool.add({ taskId, attempt: number, status, exitCode, stdout: printedBy(attempt), stderr: '' });
    attempt.ended = true;
  }
}
