import type { ExecutionContext } from '../executors/executor.js';
import type { ProcessOwner } from '../process/process-owner.js';

/** For what runs without a journal. */
export const unnoted: ProcessOwner = { mark: 'spec', starting: () => null, started: () => undefined };

/** A context as a worker without peculiarities has it. */
export function executionContext(env: Record<string, string>, overrides: Partial<ExecutionContext> = {}) {
  return {
    owner: unnoted,
    signal: new AbortController().signal,
    maxOutputBytes: 4 * 1_048_576,
    shell: { path: '/bin/sh', env },
    ...overrides,
  };
}
