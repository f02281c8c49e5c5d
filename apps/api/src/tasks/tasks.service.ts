import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { TaskRecord, TaskSummary } from '#contracts';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import type { DiscordMessage } from '../domain/discord-message.js';
import { type Offer, unmet } from '../domain/lane.js';
import { isFinal } from '../domain/task.js';
import type { Call } from '../http/call.js';
import { longPoll } from '../http/long-poll.js';
import { ApiError, invalid } from '../http/problem.js';
import { decodeCursor, encodeCursor } from '../http/query.js';
import { CLOCK, CONFIG, TASK_STORE, WAKEUPS, WORKER_REGISTRY } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import type {
  Acceptance,
  Control,
  Conversation,
  IdempotencyKey,
  StoredTask,
  TaskFilter,
  TaskStore,
} from '../storage/task-store.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import type { Wakeups } from '../wakeups/wakeups.js';
import { Presence } from '../workers/presence.js';
import { toRecord, toSummary } from './task-record.js';
import { BY_HAND, newTask, type Submission, untold } from './task-submission.js';

/** How many held tasks one transaction releases. */
const PAGE = 200;
/** How many conversations are shown. */
const CONVERSATIONS = 200;

@Injectable()
export class TasksService {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(WORKER_REGISTRY) private readonly workers: WorkerRegistry,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly presence: Presence,
    private readonly shutdown: Shutdown,
  ) {}

  /** Stores all of the tasks, or none. Under a key that was used before, answers what was answered then. */
  submit(
    submissions: Submission[],
    key: IdempotencyKey | null,
    call: Call,
    discord: DiscordMessage | null = null,
  ): Promise<Acceptance[]> {
    const mistakes = submissions.flatMap((submission) => untold(submission, this.config) ?? []);
    if (mistakes.length > 0) throw invalid(mistakes.slice(0, 1));
    const now = this.clock.now();
    const tasks = submissions.map((submission) => newTask(submission, now.wall, BY_HAND, discord));
    return this.store.submit(tasks, key, call.actor, now);
  }

  /** The record, as soon as the task has ended or when `wait` ms are over. Throws `task_not_found`. */
  async read(id: string, wait: number, call: Call): Promise<TaskRecord> {
    if (wait > 0) await this.ended([id], wait, call);
    return this.record(await this.found(id));
  }

  /** The record as it is; null when there is no such task. */
  async find(id: string): Promise<TaskRecord | null> {
    const task = await this.store.find(id);
    return task && this.record(task);
  }

  /** Waits until all of the tasks have ended or are gone, for at most `wait` ms in all. */
  async ended(ids: readonly string[], wait: number, call: Call): Promise<void> {
    const until = this.clock.now().monotonic + wait;
    const signals = [call.gone, this.shutdown.signal];
    for (const id of ids) {
      const look = async () => {
        const status = await this.store.statusOf(id);
        return status === null || isFinal(status) ? true : null;
      };
      const left = Math.max(0, Math.floor(until - this.clock.now().monotonic));
      await longPoll(this.wakeups, { topics: [`task:${id}`], look, wait: left, signals });
    }
  }

  async list(
    filter: TaskFilter,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ items: TaskSummary[]; nextCursor: string | null }> {
    const before = cursor === undefined ? null : decodeCursor(cursor);
    const { tasks, next } = await this.store.list(filter, limit, before);
    const waiting = tasks.some(({ state }) => state.status === 'pending');
    const online = waiting ? await this.workers.online() : [];
    const items = tasks.map((task) => toSummary(task, this.unmetBy(task, online)));
    return { items, nextCursor: next === null ? null : encodeCursor(next) };
  }

  /** Throws `task_not_found`, `task_ended`. */
  async cancel(id: string, call: Call): Promise<TaskRecord> {
    return this.record(taken(id, await this.store.cancel(id, call.actor, this.clock.now())));
  }

  /** A new task with the same input. Throws `task_not_found`, `task_unfinished`. */
  async retry(
    id: string,
    key: IdempotencyKey | null,
    call: Call,
    discord: DiscordMessage | null = null,
  ): Promise<Acceptance> {
    return taken(id, await this.store.retry(id, uuidv7(), key, call.actor, this.clock.now(), discord));
  }

  /** Throws `task_not_found`, `task_unfinished`. */
  async remove(id: string, call: Call): Promise<void> {
    taken(id, await this.store.remove(id, call.actor, this.clock.now()));
  }

  /** Lets tasks go that a restore has held back: those of `ids`, or all. Answers how many. */
  async releaseHeld(ids: string[] | undefined, call: Call): Promise<number> {
    let released = 0;
    for (;;) {
      const page = await this.store.releaseHeld(ids ?? null, PAGE, call.actor, this.clock.now());
      released += page;
      if (page < PAGE) return released;
    }
  }

  conversations(): Promise<Conversation[]> {
    return this.store.conversations(CONVERSATIONS);
  }

  private async record(task: StoredTask): Promise<TaskRecord> {
    const online = task.state.status === 'pending' ? await this.workers.online() : [];
    return toRecord(task, this.unmetBy(task, online));
  }

  /** Why none of the workers that are online could take a waiting task. */
  private unmetBy({ state, target, type }: Pick<StoredTask, 'state' | 'target' | 'type'>, online: Offer[]) {
    if (state.status !== 'pending') return null;
    // A simple worker says nothing of itself but its name.
    const simple = target.worker !== null && target.tags.length === 0 && this.presence.has(target.worker);
    const known = online.some(({ name }) => name === target.worker);
    return simple && !known ? null : unmet(target, type, online);
  }

  private async found(id: string): Promise<StoredTask> {
    const task = await this.store.find(id);
    if (!task) throw unknownTask(id);
    return task;
  }
}

export const unknownTask = (id: string) => new ApiError('task_not_found', `there is no task ${id}`);

function taken<T>(id: string, control: Control<T>): T {
  if (control.done) return control.value;
  switch (control.refusal) {
    case 'unknown':
      throw unknownTask(id);
    case 'ended':
      throw new ApiError('task_ended', `task ${id} has ended already`);
    case 'unfinished':
      throw new ApiError('task_unfinished', `task ${id} has not ended yet`);
  }
}
