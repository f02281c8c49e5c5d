import type { Instant } from './clock.js';

/** How long a worker that polls with a body may stay silent before what it holds is lost, in milliseconds. */
export const LEASE_MS = 60_000;

/**
 * A server that has not looked at its leases for so long, in milliseconds, was itself away: stopped, asleep, or without
 * storage. The silence of that time says nothing of its workers.
 */
export const AWAY_MS = 10_000;

/** A worker's hold on one attempt. */
export interface Lease {
  tokenId: string;
  /** What the worker called itself; a simple worker need not. */
  workerName: string | null;
  /** Only of a worker that polls with a body; a simple worker is not seen again before its report. */
  session: WorkerSession | null;
  /** Milliseconds from one sign of life to the next. */
  duration: number;
  /** When it lapses, in the monotonic time of this run of the server. */
  deadline: number;
}

/** Which poll of which start of which worker took the attempt. */
export interface WorkerSession {
  workerId: string;
  generation: number;
  seq: number;
  /** Whether a later poll has listed the attempt: proof that the hand-out arrived. */
  listed: boolean;
}

export interface SimpleClaimant {
  kind: 'simple';
  tokenId: string;
  workerName: string | null;
}

export interface SessionClaimant {
  kind: 'session';
  tokenId: string;
  workerName: string;
  workerId: string;
  generation: number;
  seq: number;
}

export type Claimant = SimpleClaimant | SessionClaimant;

/** Time that a simple worker has for its report on top of the task's own limit, in milliseconds. */
const SIMPLE_LEASE_SLACK_MS = 60_000;

export function grantLease(claimant: Claimant, taskTimeout: number, now: Instant): Lease {
  const duration = claimant.kind === 'simple' ? taskTimeout + SIMPLE_LEASE_SLACK_MS : LEASE_MS;
  const session =
    claimant.kind === 'simple'
      ? null
      : { workerId: claimant.workerId, generation: claimant.generation, seq: claimant.seq, listed: false };
  return {
    tokenId: claimant.tokenId,
    workerName: claimant.workerName,
    session,
    duration,
    deadline: now.monotonic + duration,
  };
}

export function renewLease(lease: Lease, now: Instant, session = lease.session): Lease {
  const listed = session === null ? null : { ...session, listed: true };
  return { ...lease, session: listed, deadline: now.monotonic + lease.duration };
}

/**
 * What a poll of `generation` says about an attempt that its worker should be holding.
 * - `renew`: it is listed, so the worker has it.
 * - `release`: no poll of that start has ever listed it, so the hand-out never arrived and nothing ran.
 * - `lose`: it was there and is gone without a report, or an earlier start of the worker took it along.
 */
export function judgeHeld(session: WorkerSession, generation: number, listed: boolean): 'renew' | 'release' | 'lose' {
  if (listed) return 'renew';
  return session.generation === generation && !session.listed ? 'release' : 'lose';
}

export interface Reporter {
  tokenId: string;
  /** What the reporting worker called itself, if it did. */
  workerName: string | null;
}

/** Only the worker that claimed an attempt may speak for it; a name counts only when it is given. */
export function speaksFor(reporter: Reporter, lease: Lease): boolean {
  if (reporter.tokenId !== lease.tokenId) return false;
  return reporter.workerName === null || reporter.workerName === lease.workerName;
}
