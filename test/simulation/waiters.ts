import { isFinal } from '../../apps/api/src/domain/task.js';
import { longPoll } from '../../apps/api/src/http/long-poll.js';
import type { Random } from '../chaos/random.js';
import type { Server } from './server.js';

/** Longer than any schedule takes: a wait that nothing wakes is found out, not over. */
const WAIT_MS = 3_600_000;

interface Wait {
  id: string;
  heard: boolean;
  gone: AbortController;
}

/** Clients that wait for the end of a task, at a storage that takes its time to answer. */
export class Waiters {
  private waits: Wait[] = [];
  /** Answers of the storage that are on their way. */
  private readonly answers: (() => void)[] = [];

  constructor(private readonly random: Random) {}

  wait(id: string, { tasks, wakeups }: Server): void {
    const wait: Wait = { id, heard: false, gone: new AbortController() };
    this.waits.push(wait);
    const look = async () => {
      const status = await tasks.statusOf(id);
      await new Promise<void>((resolve) => this.answers.push(resolve));
      return status === null || isFinal(status) ? true : null;
    };
    const poll = { topics: [`task:${id}`] as const, look, wait: WAIT_MS, signals: [wait.gone.signal] };
    void longPoll(wakeups, poll).then((found) => {
      wait.heard = found === true;
    });
  }

  /** One of the answers arrives. */
  async answerOne(): Promise<void> {
    const [arrive] = this.answers.splice(this.random.integer(0, Math.max(0, this.answers.length - 1)), 1);
    arrive?.();
    await turn();
  }

  async answerAll(): Promise<void> {
    while (this.answers.length > 0) {
      for (const arrive of this.answers.splice(0)) arrive();
      await turn();
    }
  }

  /** The connections end with their server; the clients wait anew at the next. */
  async reconnect(next: Server): Promise<void> {
    const cut = this.waits.filter(({ heard }) => !heard);
    await this.end();
    this.waits = [];
    for (const { id } of cut) this.wait(id, next);
  }

  /** The tasks whose end was not told to those who wait for it. */
  get unheard(): string[] {
    return this.waits.filter(({ heard }) => !heard).map(({ id }) => id);
  }

  async end(): Promise<void> {
    for (const { gone } of this.waits) gone.abort();
    await this.answerAll();
  }
}

/** Lets what has been resolved go on. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
