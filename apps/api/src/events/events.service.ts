import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AuditEntry } from '#audit-chain';
import type { ScheduleEvent, TaskEvent, WorkerEvent } from '#contracts';
import type { EventQueryDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import type { Call } from '../http/call.js';
import { BEAT_MS, EventStream } from '../http/event-stream.js';
import { longPoll } from '../http/long-poll.js';
import { ApiError } from '../http/problem.js';
import { AUDIT_STORE, CLOCK, SCHEDULE_STORE, TASK_STORE, WAKEUPS, WORKER_REGISTRY } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import type { AuditPage, AuditStore } from '../storage/audit-store.js';
import type { ScheduleStore } from '../storage/schedule-store.js';
import type { TaskStore } from '../storage/task-store.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import type { Wakeups } from '../wakeups/wakeups.js';

/** For how long a reader that was cut off can go on where it was, in milliseconds. */
const RESUMABLE_MS = 300_000;
const PAGE = 200;

type Told =
  | { name: 'task'; data: TaskEvent }
  | { name: 'worker'; data: WorkerEvent }
  | { name: 'schedule'; data: ScheduleEvent };

/**
 * Tells readers of what changes. Every change has its entry in the audit, in the order in which they were made: so the
 * events are those entries, a reader that was cut off goes on by their number, and a restart of the server loses none.
 */
@Injectable()
export class EventsService {
  constructor(
    @Inject(AUDIT_STORE) private readonly audit: AuditStore,
    @Inject(TASK_STORE) private readonly tasks: TaskStore,
    @Inject(WORKER_REGISTRY) private readonly workers: WorkerRegistry,
    @Inject(SCHEDULE_STORE) private readonly schedules: ScheduleStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly shutdown: Shutdown,
  ) {}

  /** Writes what changes from now on, or has changed since event `after`, until the reader goes or the server stops. */
  async follow(filter: EventQueryDto, after: number | null, call: Call, response: Response): Promise<void> {
    const { seq: newest } = await this.audit.head();
    const resumes = after !== null && (await this.reaches(after, newest));
    const stream = new EventStream(response, call.gone);
    if (after !== null && !resumes) await stream.send('reset', {}, newest);
    for (let seen = resumes ? after : newest; !call.gone.aborted && !this.shutdown.begun; ) {
      const page = await this.next(seen, call);
      if (!page) {
        await stream.beat();
        continue;
      }
      for (const entry of page.entries) {
        seen = entry.seq;
        const told = await this.told(entry, filter);
        if (told) await stream.send(told.name, told.data, seen);
      }
    }
    // A token that has ended breaks the stream off, which no reader takes for the end of the server.
    if (call.gone.reason instanceof ApiError) throw call.gone.reason;
    stream.end();
  }

  /** Whether a reader can go on after event `after`: what came next is not too old, and not from a time that was given up. */
  private async reaches(after: number, newest: number): Promise<boolean> {
    if (after >= newest) return after === newest;
    const { entries } = await this.audit.page({}, { after, through: newest }, 1);
    const [next] = entries;
    return next?.seq === after + 1 && next.at >= this.clock.now().wall - RESUMABLE_MS;
  }

  private next(after: number, call: Call): Promise<AuditPage | null> {
    const look = async () => {
      const page = await this.audit.page({}, { after, through: Number.MAX_SAFE_INTEGER }, PAGE);
      return page.entries.length > 0 ? page : null;
    };
    const signals = [call.gone, this.shutdown.signal];
    return longPoll(this.wakeups, { topics: ['recorded'], look, wait: BEAT_MS, signals });
  }

  private async told(entry: AuditEntry, filter: EventQueryDto): Promise<Told | null> {
    const { action, at, target, taskId } = entry;
    const [noun] = action.split('.', 1);
    if (noun === 'task' && taskId !== null) {
      const data = await this.taskEvent(taskId, action, at);
      return fits(data, filter) ? { name: 'task', data } : null;
    }
    if (target === null || Object.values(filter).some((rule) => rule !== undefined)) return null;
    if (noun === 'worker') return { name: 'worker', data: await this.workerEvent(target, action, at) };
    if (noun === 'schedule') return { name: 'schedule', data: await this.scheduleEvent(target, action, at) };
    return null;
  }

  private async taskEvent(id: string, action: string, at: number): Promise<TaskEvent> {
    const task = await this.tasks.find(id);
    if (!task) return { id, status: 'deleted', type: null, worker: null, schedule: null, action, at };
    const { type, state, target, scheduleId } = task;
    const worker = state.lease?.workerName ?? target.worker;
    return { id, status: state.status, type, worker, schedule: scheduleId, action, at };
  }

  private async workerEvent(id: string, action: string, at: number): Promise<WorkerEvent> {
    const worker = await this.workers.find(id);
    const status = worker ? (worker.online ? (worker.draining ? 'draining' : 'online') : 'offline') : 'unknown';
    return { id, status, action, at };
  }

  private async scheduleEvent(id: string, action: string, at: number): Promise<ScheduleEvent> {
    const schedule = await this.schedules.find(id);
    return { id, status: schedule ? (schedule.enabled ? 'enabled' : 'paused') : 'deleted', action, at };
  }
}

function fits(event: TaskEvent, { status, type, worker, schedule }: EventQueryDto): boolean {
  const rules = [
    [status, event.status],
    [type, event.type],
    [worker, event.worker],
    [schedule?.toLowerCase(), event.schedule],
  ];
  return rules.every(([rule, value]) => rule === undefined || rule === value);
}
