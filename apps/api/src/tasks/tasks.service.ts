import { Inject, Injectable } from '@nestjs/common';
import type { TaskRecord, TaskSummary } from '#contracts';
import type { Clock } from '../domain/clock.js';
import { isFinal } from '../domain/task.js';
import type { Call } from '../http/call.js';
import { longPoll } from '../http/long-poll.js';
import { ApiError } from '../http/problem.js';
import { decodeCursor, encodeCursor, waitOf } from '../http/query.js';
import { CLOCK, TASK_STORE, WAKEUPS } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import type { TaskStore } from '../storage/task-store.js';
import type { Wakeups } from '../wakeups/wakeups.js';
import { toRecord, toSummary } from './task-record.js';
import { newTask, type Submission } from './task-submission.js';

export interface Submitted {
  taskId: string;
  status: string;
  createdAt: number;
  message: string;
}

@Injectable()
export class TasksService {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly shutdown: Shutdown,
  ) {}

  /** Stores the task, and waits for its end when `wait` says so. */
  async submit(submission: Submission, wait: string | undefined, call: Call): Promise<Submitted | TaskRecord> {
    const task = newTask(submission);
    const { id, state, createdAt } = await this.store.submit(task, call.actor, this.clock.now());
    this.wakeups.notifyOne(`ready:${task.type}`);
    if (wait !== undefined) return this.read(id, waitOf(wait), call.gone);
    const { sessionId } = task.input.shown;
    const message = 'Task accepted; read its result from GET /tasks/:id?wait=30000';
    return { taskId: id, status: state.status, createdAt, message, ...(sessionId === undefined ? {} : { sessionId }) };
  }

  /** The record, as soon as the task has ended or when `wait` ms are over. Throws `task_not_found`. */
  async read(id: string, wait: number, gone: AbortSignal): Promise<TaskRecord> {
    const look = async () => {
      const task = await this.store.find(id);
      return task && !isFinal(task.state.status) ? null : { task };
    };
    const signals = [gone, this.shutdown.signal];
    const ended = await longPoll(this.wakeups, { topics: [`task:${id}`], look, wait, signals });
    const task = ended ? ended.task : await this.store.find(id);
    if (!task) throw new ApiError('task_not_found', `there is no task ${id}`);
    return toRecord(task);
  }

  async list(limit: number, cursor: string | undefined): Promise<{ items: TaskSummary[]; nextCursor: string | null }> {
    const before = cursor === undefined ? null : decodeCursor(cursor);
    const { tasks, next } = await this.store.list(limit, before);
    return { items: tasks.map(toSummary), nextCursor: next === null ? null : encodeCursor(next) };
  }
}
