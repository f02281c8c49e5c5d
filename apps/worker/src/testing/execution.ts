import type { ExecutionContext } from '../executors/executor.js';

/** A context as a worker without peculiarities has it. */
export function executionContext(env: Record<string, string>, overrides: Partial<ExecutionContext> = {}) {
  return {
    signal: new AbortController().signal,
    maxOutputBytes: 4 * 1_048_576,
    shell: { path: '/bin/sh', env },
    ...overrides,
  };
}
