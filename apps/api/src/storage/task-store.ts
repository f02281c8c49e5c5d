import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { Claimant, Reporter, SessionClaimant } from '../domain/lease.js';
import type { AttemptResult, NewTask, TaskInput, TaskState, TaskType } from '../domain/task.js';
import type { Refusal } from '../domain/task-machine.js';

/**
 * Where tasks live. Every method is one transaction, with the audit entries of what it changes inside; a promise
 * resolves only when the change is durable. Errors: `StorageFull`, `StorageUnavailable`; `submit` also `QueueFull`.
 */
export interface TaskStore {
  submit(task: NewTask, actor: Actor, now: Instant): Promise<StoredTask>;
  find(id: string): Promise<StoredTask | null>;
  /** Newest first. `before` is the `next` of the page before; a page may be short, only `next: null` is the end. */
  list(limit: number, before: number | null): Promise<TaskPage>;
  counts(): Promise<TaskCounts>;
  /** Resolves when a write could be made now. */
  probe(): Promise<void>;

  /** Whether a claim of these types could find something: a cheap look before the claim itself. */
  hasPending(types: readonly TaskType[]): Promise<boolean>;
  /** Hands the next task, by priority and then age, to a simple worker, whatever its type. */
  claim(claimant: Claimant & { kind: 'simple' }, actor: Actor, now: Instant): Promise<HandOut | null>;
  /** Undoes a hand-out that could not be delivered: the task is pending again, its attempt number is spent. */
  release(handOut: HandOut, actor: Actor, now: Instant): Promise<void>;
  /** Takes the end of an attempt. */
  report(report: Report, actor: Actor, now: Instant): Promise<ReportVerdict>;

  /** Registers the worker, settles what it holds, and hands it tasks. */
  exchange(poll: Poll, actor: Actor, now: Instant): Promise<Exchange>;
  /** Hands tasks to a poll that is being held; null when a newer poll of its worker has come. */
  claimForPoll(poll: Poll, actor: Actor, now: Instant): Promise<HandOut[] | null>;
  /** The worker has left, or has been silent for too long. */
  markOffline(workerName: string, actor: Actor, now: Instant): Promise<void>;

  /** Ends tasks that have waited too long, at most `limit`; answers their ids. */
  expireOverdue(now: Instant, limit: number): Promise<string[]>;
  /** Ends running tasks whose lease has lapsed, at most `limit`; answers their ids. */
  loseLapsed(now: Instant, limit: number): Promise<string[]>;
  /** Starts every lease anew: nobody is lost because this server was away. Answers the workers that were online. */
  resumeLeases(now: Instant): Promise<string[]>;
  /** Removes tasks that ended before `wall`, with their output, at most `limit`; answers how many. */
  removeEnded(wall: number, now: Instant, limit: number): Promise<number>;
}

export interface StoredTask {
  id: string;
  type: TaskType;
  timeout: number;
  expiresIn: number;
  priority: number;
  createdAt: number;
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

export interface TaskCounts {
  unfinished: number;
  ended: number;
}

/** One task in the hands of a worker. */
export interface HandOut {
  id: string;
  type: TaskType;
  attempt: number;
  timeout: number;
  input: TaskInput;
}

export interface Report {
  taskId: string;
  attempt: number | null;
  reporter: Reporter;
  result: AttemptResult;
}

export type ReportVerdict = { taken: true; repeated: boolean } | { taken: false; refusal: 'unknown' | Refusal };

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
  max: number;
  running: AttemptRef[];
}

export type Exchange =
  | { kind: 'superseded' }
  | { kind: 'name_in_use' }
  /** The poll is a late duplicate; nothing was changed. */
  | { kind: 'late' }
  | {
      kind: 'settled';
      handOuts: HandOut[];
      stale: AttemptRef[];
      /** Pending again: hand-outs that never arrived. */
      released: { id: string; type: TaskType }[];
      /** Held by nobody any more. */
      lost: string[];
    };
