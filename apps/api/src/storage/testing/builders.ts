import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/actor.js';
import type { Clock, Instant } from '../../domain/clock.js';
import type { SessionClaimant, SimpleClaimant } from '../../domain/lease.js';
import type { AttemptResult, NewTask } from '../../domain/task.js';
import type { AttemptRef, Poll, Report } from '../task-store.js';

/** A clock that moves when a test says so. */
export class ManualClock implements Clock {
  private passed = 0;
  private startedAt = 0;

  now(): Instant {
    return { wall: 1_800_000_000_000 + this.passed, monotonic: 1000 + this.passed - this.startedAt };
  }

  /** As after a restart of the machine: the time that never goes back begins anew. */
  restart(): void {
    this.startedAt = this.passed;
  }

  advance(ms: number): Instant {
    this.passed += ms;
    return this.now();
  }
}

export const operator: Actor = {
  id: 'environment',
  name: 'WORKER_TOKEN',
  role: 'admin',
  ip: '127.0.0.1',
  userAgent: 'test',
  requestId: 'request',
};

export function aTask(change: Partial<NewTask> = {}): NewTask {
  return {
    id: uuidv7(),
    type: 'command',
    timeout: 30_000,
    expiresIn: 900_000,
    priority: 0,
    dueAt: null,
    target: { worker: null, tags: [] },
    retry: { maxAttempts: 1, on: ['failed', 'timed_out'], delay: 1000 },
    sessionId: null,
    uploadId: null,
    scheduleId: null,
    fireAt: null,
    retryOf: null,
    webhook: null,
    discord: null,
    input: { shown: { command: 'true' }, bulky: null, variables: null },
    labels: null,
    auditDetail: { type: 'command', command: 'true' },
    ...change,
  };
}

export const aSimpleWorker: SimpleClaimant = { kind: 'simple', tokenId: 'environment', workerName: null };

type PollChange = Partial<Omit<Poll, 'claimant' | 'running'>> & {
  claimant?: Partial<SessionClaimant>;
  running?: (AttemptRef & { cancelling?: boolean })[];
};

export function aPoll({ claimant, running = [], ...change }: PollChange = {}): Poll {
  return {
    claimant: {
      kind: 'session',
      tokenId: 'environment',
      workerName: 'mac',
      workerId: '0190b3c0-0000-7000-8000-000000000001',
      generation: 1,
      seq: 1,
      ...claimant,
    },
    description: { hostname: 'mac.local', platform: 'darwin', version: '0.1.0', tags: [], maxConcurrent: 3 },
    kinds: ['command', 'file-read', 'file-write', 'file-edit', 'file-list', 'claude-cli'],
    max: 1,
    draining: false,
    ...change,
    running: running.map((ref) => ({ cancelling: false, ...ref })),
  };
}

export function aResult(change: Partial<AttemptResult> = {}): AttemptResult {
  return {
    outcome: 'completed',
    stdout: '',
    stderr: '',
    stdoutEncoding: 'utf8',
    stderrEncoding: 'utf8',
    exitCode: 0,
    signal: null,
    error: null,
    metadata: null,
    duration: null,
    truncated: { stdout: false, stderr: false },
    outputBytes: { stdout: 0, stderr: 0 },
    ...change,
  };
}

export function aReport(taskId: string, change: Partial<Report> = {}): Report {
  return {
    taskId,
    attempt: null,
    reporter: { tokenId: 'environment', workerName: null },
    result: aResult(),
    ...change,
  };
}
