import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { DiscordMessage } from '../domain/discord-message.js';
import type { Reporter, SessionClaimant, SimpleClaimant } from '../domain/lease.js';
import type { RetryPolicy } from '../domain/retry.js';
import type { AttemptResult, NewTask, Target, TaskInput, TaskState, TaskStatus, TaskType } from '../domain/task.js';
import type { Refusal } from '../domain/task-machine.js';

/**
 * Where tasks live. Every method is one transaction, with the audit entries of what it changes inside; a promise
 * resolves only when the change is durable. Errors: `StorageFull`, `StorageUnavailable`; what makes tasks also
 * `QueueFull`, `UploadNotFound` and `IdempotencyKeyReused`.
 */
export interface TaskStore {
  /** Stores all of the tasks or none. A key that was used before for the same request answers what it was answered. */
  submit(tasks: readonly NewTask[], key: IdempotencyKey | null, actor: Actor, now: Instant): Promise<Acceptance[]>;
  find(id: string): Promise<StoredTask | null>;
  /** The status alone, without reading what it was given and what it printed. */
  statusOf(id: string): Promise<TaskStatus | null>;
  /** Newest first. `before` is the `next` of the page before; a page may be short, only `next: null` is the end. */
  list(filter: TaskFilter, limit: number, before: number | null): Promise<TaskPage>;
  counts(): Promise<Record<TaskStatus, number>>;
  /** How many of the tasks that are kept have ended how, from `from` to before `to` in wall-clock milliseconds. */
  ended(from: number, to: number): Promise<Partial<Record<TaskStatus, number>>>;
  /** When the task that has been ready for the longest became so, in wall-clock milliseconds; null when none is. */
  oldestReady(): Promise<number | null>;
  /** Resolves when a write could be made now. */
  probe(): Promise<void>;

  /** Ends a waiting task, and asks the worker of a running one to end it. */
  cancel(id: string, actor: Actor, now: Instant): Promise<Control<StoredTask>>;
  /** Submits the input of an ended task once more, as the task `newId`, of which Discord is told. */
  retry(
    id: string,
    newId: string,
    key: IdempotencyKey | null,
    actor: Actor,
    now: Instant,
    discord?: DiscordMessage | null,
  ): Promise<Control<Acceptance>>;
  /** Removes an ended task with its output. */
  remove(id: string, actor: Actor, now: Instant): Promise<Control<null>>;
  /** Lets tasks go that a restore has held back: those of `ids`, or all; at most `limit`. Answers how many. */
  releaseHeld(ids: readonly string[] | null, limit: number, actor: Actor, now: Instant): Promise<number>;
  /** Claude's conversations, the one that was active last first. */
  conversations(limit: number): Promise<Conversation[]>;

  /** Whether a claim could find something: a cheap look before the claim itself. */
  hasReady(wanted: Wanted): Promise<boolean>;
  /** Hands the next task, by priority and then age, to a simple worker, whatever its type. */
  claim(claimant: SimpleClaimant, actor: Actor, now: Instant): Promise<HandOut | null>;
  /** Undoes a hand-out that could not be delivered: the task is pending again, its attempt number is spent. */
  release(handOut: HandOut, actor: Actor, now: Instant): Promise<void>;
  /** Takes the end of an attempt. */
  report(report: Report, actor: Actor, now: Instant): Promise<ReportVerdict>;

  /** Registers the worker, settles what it holds, and hands it tasks. */
  exchange(poll: Poll, actor: Actor, now: Instant): Promise<Exchange>;
  /** Whether there is something to tell a poll that is being held: a cheap look before `news`. `drain` as it was told. */
  hasNews(poll: Poll, drain: boolean): Promise<boolean>;
  /** What there is to tell a poll that is being held; null when a newer poll of its worker has come. */
  news(poll: Poll, actor: Actor, now: Instant): Promise<HeldNews | null>;

  /** Makes tasks ready whose time has come, at most `limit`; answers how many. */
  promoteDue(now: Instant, limit: number): Promise<number>;
  /** When the next task is due, in wall-clock milliseconds; null when none waits for its time. */
  nextDueAt(): Promise<number | null>;
  /** Ends tasks that have waited too long, at most `limit`; answers how many. */
  expireOverdue(now: Instant, limit: number): Promise<number>;
  /** Ends running tasks whose lease has lapsed, at most `limit`; answers how many. */
  loseLapsed(now: Instant, limit: number): Promise<number>;
  /** Starts every lease anew: nobody is lost because this server was away. */
  resumeLeases(now: Instant): Promise<void>;
  /** Removes tasks that ended before `wall`, with their output, at most `limit`; answers how many. */
  removeEnded(wall: number, now: Instant, limit: number): Promise<number>;
  /** Forgets idempotency keys and conversations that are past their time. */
  forgetOld(now: Instant): Promise<void>;
}

/** A client's promise that calls under this key are the same call. */
export interface IdempotencyKey {
  tokenId: string;
  key: string;
  /** SHA-256 over what was asked for. */
  requestHash: string;
}

/** What is told of a task that was taken in. */
export interface Acceptance {
  id: string;
  status: TaskStatus;
  createdAt: number;
  sessionId: string | null;
}

/** What became of something that a person wanted of a task. */
export type Control<T> = { done: true; value: T } | { done: false; refusal: 'unknown' | 'ended' | 'unfinished' };

/** Each null, or false, asks for nothing. Times are wall-clock milliseconds, inclusive. */
export interface TaskFilter {
  status: TaskStatus | null;
  type: TaskType | null;
  /** Name of the worker that has it or had it, or is to have it. */
  worker: string | null;
  /** Id of the schedule that it came from. */
  schedule: string | null;
  /** Words that its command, path, folder or prompt must hold; at least one has a letter or digit. */
  q: string | null;
  from: number | null;
  to: number | null;
  /** Held back by a restore. */
  held: boolean;
}

export const EVERY_TASK: TaskFilter = {
  status: null,
  type: null,
  worker: null,
  schedule: null,
  q: null,
  from: null,
  to: null,
  held: false,
};

export interface Conversation {
  sessionId: string;
  /** Who holds it; null while its first task waits. */
  worker: string | null;
  cwd: string | null;
  lastActivity: number;
  taskCount: number;
}

/** What a worker can take. */
export interface Wanted {
  kinds: readonly TaskType[];
  name: string | null;
  tags: readonly string[];
}

export interface StoredTask {
  id: string;
  type: TaskType;
  timeout: number;
  expiresIn: number;
  priority: number;
  createdAt: number;
  /** Which workers may take it: as submitted, or where its conversation lives. */
  target: Target;
  retry: RetryPolicy;
  sessionId: string | null;
  scheduleId: string | null;
  fireAt: number | null;
  retryOf: string | null;
  webhook: string | null;
  state: TaskState;
  input: TaskInput;
  labels: Record<string, unknown> | null;
  result: AttemptResult | null;
}

/** A task in a list: without output and without what is bulky of its input. */
export type ListedTask = Omit<StoredTask, 'result'> & { result: Omit<AttemptResult, 'stdout' | 'stderr'> | null };

export interface TaskPage {
  tasks: ListedTask[];
  next: number | null;
}

/** One task in the hands of a worker. */
export interface HandOut {
  id: string;
  type: TaskType;
  attempt: number;
  timeout: number;
  /** Since when a worker could have had it, in wall-clock milliseconds. */
  waitingSince: number;
  input: TaskInput;
}

export interface Report {
  taskId: string;
  attempt: number | null;
  reporter: Reporter;
  result: AttemptResult;
}

export type ReportVerdict =
  | { taken: true; repeated: boolean; type: TaskType; startedAt: number | null }
  | { taken: false; refusal: 'unknown' | Refusal };

export interface AttemptRef {
  taskId: string;
  attempt: number;
}

export interface Poll {
  claimant: SessionClaimant;
  description: {
    hostname: string | null;
    platform: string | null;
    version: string | null;
    tags: string[];
    maxConcurrent: number | null;
  };
  kinds: TaskType[];
  /** How many tasks it takes. */
  max: number;
  /** It says of itself that it takes nothing new. */
  draining: boolean;
  /** All that it holds; `cancelling` are those that it is ending already. */
  running: (AttemptRef & { cancelling: boolean })[];
}

export type Exchange =
  | { kind: 'superseded' }
  | { kind: 'name_in_use' }
  /** The poll is a late duplicate; nothing was changed. */
  | { kind: 'late' }
  | ({ kind: 'settled'; stale: AttemptRef[] } & News);

/** What a worker is told. */
export interface News {
  handOuts: HandOut[];
  /** Attempts that it holds and is to end. */
  cancel: AttemptRef[];
  /** Whether it is to take nothing until this is false again. */
  drain: boolean;
}

/** What a poll that was held is told. */
export interface HeldNews extends News {
  /** A task waits that it may have once it does not list an earlier attempt of it any more. */
  askAgain: boolean;
}
