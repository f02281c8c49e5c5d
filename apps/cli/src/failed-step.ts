import type { TaskRecord } from '#contracts';
import { Failure } from './failure.js';

/** A task that a command of ocw had to run has not gone well; the message is what its worker says of it. */
export class FailedStep extends Failure {
  override readonly name = 'FailedStep';

  constructor(
    readonly record: TaskRecord,
    worker: string,
  ) {
    super(`${worker}: ${reasonOf(record)}`);
  }
}

function reasonOf({ status, stderr, error, metadata }: TaskRecord): string {
  const [missing] = (metadata.artifactProblems ?? []) as { problem: string }[];
  if (missing) return missing.problem;
  if (status === 'expired') return `no worker took it in time${error === null ? '' : `: ${error}`}`;
  return stderr.trim() || error || `the task has ended as ${status}`;
}
