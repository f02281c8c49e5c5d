import type { Instant } from './clock.js';
import { type Claimant, grantLease, type Reporter, renewLease, speaksFor } from './lease.js';
import { ATTEMPTS_PER_EPOCH, type ReportedOutcome, type TaskState, type TaskStatus } from './task.js';

export type TaskEvent =
  /** A worker is handed the task. */
  | { type: 'claim'; claimant: Claimant; timeout: number; attemptsAbove: number }
  /** The hand-out never arrived: the next poll of the same start does not list it. */
  | { type: 'release' }
  /** The worker that holds it reports the end of an attempt; without `attempt`, of the only one there was. */
  | { type: 'finish'; outcome: ReportedOutcome; attempt: number | null; reporter: Reporter; retry: Retry | null }
  /** Its worker has vanished. */
  | { type: 'lose'; note: string; retry: Retry | null }
  /** The worker that was given up lists the attempt again, in a poll of `generation`. */
  | { type: 'revive'; attempt: number; workerId: string; generation: number }
  /** Somebody wants its end. */
  | { type: 'cancel' }
  /** It has waited too long. */
  | { type: 'expire'; why: string | null };

/** A further attempt, for when this one may not be the last. Wall-clock milliseconds. */
export interface Retry {
  at: number;
  expiresAt: number;
}

export type TaskEventType = TaskEvent['type'];

/** Which events move a task out of a status, and where to. What is not here does not happen. */
export const TRANSITIONS: Record<TaskStatus, Partial<Record<TaskEventType, readonly TaskStatus[]>>> = {
  pending: {
    claim: ['running'],
    expire: ['expired'],
    cancel: ['cancelled'],
    // The worker of a lost attempt that is to be retried comes back before the next has begun.
    revive: ['running'],
    finish: ['completed', 'failed', 'timed_out', 'cancelled', 'pending'],
  },
  running: {
    finish: ['completed', 'failed', 'timed_out', 'cancelled', 'pending'],
    release: ['pending', 'cancelled'],
    lose: ['lost', 'pending'],
    cancel: ['running', 'cancelled'],
  },
  lost: {
    revive: ['running'],
    finish: ['completed', 'failed', 'timed_out', 'cancelled'],
  },
  completed: {},
  failed: {},
  timed_out: {},
  cancelled: {},
  expired: {},
};

export type Refusal =
  /** The status, or the time, does not allow this event. */
  | 'not_possible'
  /** It speaks of an attempt that is not the newest. */
  | 'stale_attempt'
  /** It comes from another worker than the one that holds the attempt. */
  | 'not_claimant'
  /** The same report has been taken before. */
  | 'repeated';

export type Verdict = { ok: true; state: TaskState } | { ok: false; refusal: Refusal };

const refuse = (refusal: Refusal): Verdict => ({ ok: false, refusal });

/** What `event` makes of a task. Pure: the same arguments give the same answer, and nothing is changed in place. */
export function transition(task: TaskState, event: TaskEvent, now: Instant): Verdict {
  if (event.type === 'finish') {
    const refusal = refuseReport(task, event);
    if (refusal) return refuse(refusal);
  }
  if (!TRANSITIONS[task.status][event.type]) return refuse('not_possible');

  switch (event.type) {
    case 'claim':
      if (now.wall >= task.expiresAt || task.blocked !== null) return refuse('not_possible');
      return accept(task, {
        status: 'running',
        attempt: Math.max(task.attempt, event.attemptsAbove) + 1,
        tries: task.tries + 1,
        startedAt: now.wall,
        lease: grantLease(event.claimant, event.timeout, now),
        reported: false,
        note: null,
      });
    case 'release':
      return accept(task, {
        ...(task.cancelRequestedAt === null ? { status: 'pending' } : cancelled(now, 'cancelled before it ran')),
        tries: task.tries - 1,
        startedAt: null,
        lease: null,
      });
    case 'finish':
      return finish(task, event, now);
    case 'lose':
      if (event.retry && task.cancelRequestedAt === null) return accept(task, waitForRetry(event.retry, event.note));
      return accept(task, { status: 'lost', completedAt: now.wall, note: event.note });
    case 'revive': {
      const { lease } = task;
      if (event.attempt !== task.attempt || task.reported) return refuse('stale_attempt');
      if (lease?.session?.workerId !== event.workerId) return refuse('not_claimant');
      const session = { ...lease.session, generation: event.generation };
      return accept(task, {
        status: 'running',
        completedAt: null,
        blocked: null,
        lease: renewLease(lease, now, session),
        note: null,
      });
    }
    case 'cancel':
      return cancel(task, now);
    case 'expire':
      if (now.wall < task.expiresAt || task.blocked === 'held') return refuse('not_possible');
      return accept(task, {
        status: 'expired',
        completedAt: now.wall,
        note: `expired: ${event.why ?? 'no worker took it in time'}`,
      });
  }
}

function finish(task: TaskState, event: Extract<TaskEvent, { type: 'finish' }>, now: Instant): Verdict {
  const ended: Partial<TaskState> = { status: event.outcome, completedAt: now.wall, reported: true, note: null };
  // The true result of a lost task stands: it was told as final before.
  if (event.retry === null || task.status === 'lost' || task.cancelRequestedAt !== null) {
    return accept(task, { ...ended, blocked: null });
  }
  const note = `attempt ${task.attempt} ended ${event.outcome}; another follows`;
  const retry = task.status === 'pending' ? {} : waitForRetry(event.retry, note);
  return accept(task, { ...retry, reported: true, note });
}

function waitForRetry(retry: Retry, note: string): Partial<TaskState> {
  return { status: 'pending', blocked: 'due', dueAt: retry.at, expiresAt: retry.expiresAt, note };
}

function cancel(task: TaskState, now: Instant): Verdict {
  if (task.status === 'pending') return accept(task, cancelled(now, 'cancelled before a worker took it'));
  const cancelRequestedAt = task.cancelRequestedAt ?? now.wall;
  if (task.lease?.session) return accept(task, { cancelRequestedAt });
  const note = 'cancelled; its worker cannot be told of that, and may be running it still';
  return accept(task, { ...cancelled(now, note), cancelRequestedAt });
}

function cancelled(now: Instant, note: string): Pick<TaskState, 'status' | 'completedAt' | 'note'> {
  return { status: 'cancelled', completedAt: now.wall, note };
}

function accept(task: TaskState, change: Partial<TaskState>): Verdict {
  return { ok: true, state: { ...task, ...change } };
}

/** Why nothing may be added to the output of an attempt; null when it may, which is until its report, or what overtook it. */
export function refuseOutput(task: TaskState, attempt: number, reporter: Reporter): Refusal | null {
  const refusal = refuseReport(task, { attempt, reporter });
  return refusal === 'repeated' ? 'stale_attempt' : refusal;
}

/** Why files of an attempt may not be taken. They may for as long as its report would be, and after it has been. */
export function refuseFiles(task: TaskState, sender: { attempt: number; reporter: Reporter }): Refusal | null {
  const refusal = refuseReport(task, sender);
  return refusal === 'repeated' ? null : refusal;
}

/** Why a report may not be taken, judged before the status: a late report is told what overtook it. */
function refuseReport(task: TaskState, report: { attempt: number | null; reporter: Reporter }): Refusal | null {
  if (!task.lease) return 'stale_attempt';
  // A report that does not say its attempt can only be trusted while there was a single one.
  const spokenOf = report.attempt ?? (task.attempt % ATTEMPTS_PER_EPOCH === 1 ? task.attempt : null);
  if (spokenOf !== task.attempt) return 'stale_attempt';
  if (!speaksFor(report.reporter, task.lease)) return 'not_claimant';
  if (task.reported) return 'repeated';
  return TRANSITIONS[task.status].finish ? null : 'stale_attempt';
}
