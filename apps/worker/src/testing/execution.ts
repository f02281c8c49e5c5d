import { randomUUID } from 'node:crypto';
import type { ExecutionContext } from '../executors/executor.js';
import type { ProcessOwner } from '../process/process-owner.js';

/** For what runs without a journal. Its mark is its own: a process that ends early takes along all that bear the same. */
export function unnotedOwner(): ProcessOwner {
  return { mark: `spec/${randomUUID()}`, starting: () => null, started: () => undefined };
}

/** A context as a worker without peculiarities has it. */
export function executionContext(env: Record<string, string>, overrides: Partial<ExecutionContext> = {}) {
  return {
    owner: unnotedOwner(),
    signal: new AbortController().signal,
    maxOutputBytes: 4 * 1_048_576,
    shell: { path: '/bin/sh', env },
    ...overrides,
  };
}
