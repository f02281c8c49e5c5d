import { homedir } from 'node:os';
import type { AttemptRef, HandedTask } from '#contracts';
import { collectArtifacts } from './delivery/artifact-collection.js';
import { withArtifactProblems } from './delivery/artifact-problems.js';
import { fitReport, tellsAllOutput } from './delivery/fit-report.js';
import type { CollectedFile, SpooledReport } from './delivery/spooled-report.js';
import { EndEarly, type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executors/executor.js';
import type { AttemptJournal } from './journal/attempt-journal.js';
import type { OutputStreamer } from './streaming/output-streamer.js';
import { messageOf } from './system-error.js';

/** The longest that a timer can wait, in milliseconds: beyond it would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What an attempt has come to, and the files that it has left. */
export interface FinishedAttempt {
  report: SpooledReport;
  files: CollectedFile[];
}

/** Runs one attempt to its end, whatever that is, and reports it. */
export class TaskRunner {
  /**
   * @param executors for the kinds that this worker does; any other task fails
   * @param streamOf a stream for the output of each attempt
   */
  constructor(
    private readonly executors: ReadonlyMap<string, Executor>,
    private readonly context: Omit<ExecutionContext, 'signal' | 'owner' | 'live'>,
    private readonly journal: Pick<AttemptJournal, 'ownerOf'>,
    private readonly streamOf: (ref: AttemptRef) => OutputStreamer,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param cancelled aborted with an `EndEarly` when the attempt must end now. Never rejects. */
  async run(task: HandedTask, cancelled: AbortSignal): Promise<FinishedAttempt> {
    const ending = new AbortController();
    const cancel = () => ending.abort(cancelled.reason);
    const timer = setTimeout(
      () => ending.abort(new EndEarly('timed_out', `timed out after ${task.timeout} ms`)),
      Math.min(task.timeout, LONGEST_TIMER),
    );
    cancelled.addEventListener('abort', cancel, { once: true });
    if (cancelled.aborted) cancel();
    const ref = { taskId: task.id, attempt: task.attempt };
    const owner = this.journal.ownerOf(ref);
    const live = this.streamOf(ref);
    const startedAt = this.now();
    try {
      const { folder, ...outcome } = await this.execute(task, { ...this.context, owner, signal: ending.signal, live });
      const duration = Math.max(0, Math.round(this.now() - startedAt));
      const report = fitReport({ ...ref, ...outcome, duration });
      await live.finish(tellsAllOutput(report));
      return await withFiles(report, 'artifacts' in task ? task.artifacts : [], folder);
    } finally {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', cancel);
    }
  }

  private async execute(task: HandedTask, context: ExecutionContext): Promise<Outcome> {
    const executor = this.executors.get(task.type);
    if (!executor) {
      const kinds = [...this.executors.keys()].join(', ');
      return failure(
        `this worker does no "${task.type}" tasks, only ${kinds}: see WORKER_KINDS and the version of the worker`,
      );
    }
    try {
      return await executor.execute(task, context);
    } catch (error) {
      if (error instanceof EndEarly) return { ...failure(error.message), status: error.status };
      return failure(`the worker could not run the task: ${messageOf(error)}`);
    }
  }
}

/** Finds what the task was to leave, and the screenshot that it has told of. */
async function withFiles(
  report: SpooledReport,
  patterns: readonly string[] = [],
  folder = homedir(),
): Promise<FinishedAttempt> {
  const { screenshotPath } = report.metadata ?? {};
  const screenshot = typeof screenshotPath === 'string' ? { screenshotPath } : {};
  const { files, problems } = await collectArtifacts({ patterns, ...screenshot, folder, home: homedir() });
  return { report: withArtifactProblems(report, problems), files };
}

/** The end of a task of which nothing ran: there is no exit code to tell of. */
function failure(error: string): Outcome {
  return { ...fileOutcome({ error }), exitCode: null };
}
