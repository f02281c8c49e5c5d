import { Inject, Injectable } from '@nestjs/common';
import { canonicalize } from 'json-canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { FieldError, ScheduleRecord } from '#contracts';
import type { CreateScheduleDto, UpdateScheduleDto } from '#contracts/dto';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import type { DiscordMessage } from '../domain/discord-message.js';
import type { Schedule, ScheduleDefinition, Timetable } from '../domain/schedule.js';
import type { Call } from '../http/call.js';
import { ApiError, invalid } from '../http/problem.js';
import { decodeCursor, encodeCursor } from '../http/query.js';
import { CLOCK, CONFIG, SCHEDULE_STORE } from '../injection-tokens.js';
import type { Revision, ScheduleStore, TaskDetail } from '../storage/schedule-store.js';
import type { Acceptance, IdempotencyKey } from '../storage/task-store.js';
import { inside, newTask, untold } from '../tasks/task-submission.js';
import { toRecord } from './schedule-record.js';
import { parseScheduledTask, taskOf } from './scheduled-task.js';
import { Scheduler } from './scheduler.js';
import { parseTimetable, timetableOf } from './timetable.js';

@Injectable()
export class SchedulesService {
  constructor(
    @Inject(SCHEDULE_STORE) private readonly store: ScheduleStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly scheduler: Scheduler,
  ) {}

  async create(body: CreateScheduleDto, call: Call): Promise<ScheduleRecord> {
    const { wall } = this.clock.now();
    const { name, cron, timezone = 'UTC', task, overlap = 'skip', misfire = 'run-once', enabled = true } = body;
    const definition = { name, cron, timezone, task, overlap, misfire, enabled };
    this.refuseUntold(task);
    const { timetable, taskDetail } = check(definition, wall);
    const schedule = {
      id: uuidv7(),
      ...definition,
      anchorAt: wall,
      createdAt: wall,
      updatedAt: wall,
      nextFireAt: enabled ? timetable.next(wall) : null,
      lastFireAt: null,
      lastTaskId: null,
    };
    await this.store.create(schedule, taskDetail, call.actor);
    void this.scheduler.look();
    return toRecord(schedule);
  }

  async list(
    limit: number,
    cursor: string | undefined,
  ): Promise<{ items: ScheduleRecord[]; nextCursor: string | null }> {
    const { schedules, next } = await this.store.list(limit, cursor === undefined ? null : decodeCursor(cursor));
    const items = schedules.map((schedule) => toRecord(schedule, true));
    return { items, nextCursor: next === null ? null : encodeCursor(next) };
  }

  /** Throws `schedule_not_found`. */
  async read(id: string): Promise<ScheduleRecord> {
    return toRecord(await this.found(id));
  }

  /** Throws `schedule_not_found`. */
  async update(id: string, body: UpdateScheduleDto, call: Call): Promise<ScheduleRecord> {
    this.refuseUntold(body.task ?? {});
    const now = this.clock.now();
    const revise = (current: Schedule) => revision(current, body, now.wall);
    const updated = await this.store.update(id, revise, call.actor, now);
    if (!updated) throw unknownSchedule(id);
    void this.scheduler.look();
    return toRecord(updated);
  }

  /** Throws `schedule_not_found`. */
  async remove(id: string, call: Call): Promise<void> {
    if (!(await this.store.remove(id, call.actor, this.clock.now()))) throw unknownSchedule(id);
  }

  /** Makes its task now, whatever its timetable and the tasks before it. Throws `schedule_not_found`. */
  async run(
    id: string,
    key: IdempotencyKey | null,
    call: Call,
    discord: DiscordMessage | null = null,
  ): Promise<Acceptance> {
    const now = this.clock.now();
    const task = taskOf(await this.found(id), null, now.wall, discord);
    const accepted = await this.store.runNow(id, task, key, call.actor, now);
    if (!accepted) throw unknownSchedule(id);
    return accepted;
  }

  /** Its next fire times, at most `count`; those that it would have when it is paused. Throws `schedule_not_found`. */
  async upcoming(id: string, count: number): Promise<number[]> {
    const timetable = timetableOf(await this.found(id));
    const items: number[] = [];
    for (let fire = timetable.next(this.clock.now().wall); fire !== null && items.length < count; ) {
      items.push(fire);
      fire = timetable.next(fire);
    }
    return items;
  }

  private refuseUntold(task: object): void {
    const mistake = untold(task, this.config);
    if (mistake) throw invalid([inside('task', mistake)]);
  }

  private async found(id: string): Promise<Schedule> {
    const schedule = await this.store.find(id);
    if (!schedule) throw unknownSchedule(id);
    return schedule;
  }
}

const unknownSchedule = (id: string) => new ApiError('schedule_not_found', `there is no schedule ${id}`);

/** What is asked for, made ready. Throws `validation_failed` with all that is wrong with the timetable and the task. */
function check(definition: ScheduleDefinition, now: number): { timetable: Timetable; taskDetail: TaskDetail } {
  const errors: FieldError[] = [];
  const parsed = parseTimetable(definition.cron, definition.timezone, now);
  if (!parsed.ok) errors.push({ field: parsed.field, message: parsed.message });
  let taskDetail: TaskDetail = {};
  try {
    taskDetail = detailOf(definition.task, now);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.errors) throw error;
    errors.push(...error.errors);
  }
  if (!parsed.ok || errors.length > 0) throw invalid(errors);
  return { timetable: parsed.timetable, taskDetail };
}

const detailOf = (task: ScheduleDefinition['task'], now: number): TaskDetail =>
  newTask(parseScheduledTask(task), now).auditDetail;

/** What the fields of `body` change of a schedule; null when that is nothing. Throws `validation_failed`. */
function revision(current: Schedule, body: UpdateScheduleDto, now: number): Revision | null {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  const changed: Partial<ScheduleDefinition> = Object.fromEntries(
    given.filter(([name, value]) => canonicalize(value) !== canonicalize(current[name as keyof UpdateScheduleDto])),
  );
  if (Object.keys(changed).length === 0) return null;
  const next = { ...current, ...changed };
  const taskDetail = changed.task ? detailOf(changed.task, now) : null;
  if (changed.cron === undefined && changed.timezone === undefined && changed.enabled === undefined) {
    return { changed, taskDetail };
  }
  // From now on: an edit never fires for times that have passed.
  const anchorAt = changed.cron === undefined ? current.anchorAt : now;
  if (!next.enabled && changed.cron === undefined && changed.timezone === undefined) {
    return { changed: { ...changed, nextFireAt: null }, taskDetail };
  }
  const parsed = parseTimetable(next.cron, next.timezone, anchorAt);
  if (!parsed.ok) throw invalid([{ field: parsed.field, message: parsed.message }]);
  const nextFireAt = next.enabled ? parsed.timetable.next(now) : null;
  return { changed: { ...changed, anchorAt, nextFireAt }, taskDetail };
}
