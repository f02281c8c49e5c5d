import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { HandedTask } from '#contracts';
import { ClaimLoop, type ClaimSettings, type LoopEnd } from '../claim-loop.js';
import { ResultDelivery } from '../delivery/result-delivery.js';
import { ResultSpool } from '../delivery/result-spool.js';
import { SpoolGuard } from '../delivery/spool-guard.js';
import type { SpooledReport } from '../delivery/spooled-report.js';
import type { ReportOutcome } from '../server/api-client.js';
import { ApiError } from '../server/api-error.js';
import { ServerContact } from '../server/server-contact.js';
import type { FinishedAttempt } from '../task-runner.js';
import { Inbox } from './inbox.js';
import { ManualPacing } from './manual-pacing.js';
import { memoryLog } from './memory-log.js';
import { ScriptedApi, type ScriptedPoll } from './scripted-api.js';
import { ScriptedUploads } from './scripted-uploads.js';

export const WORKER = { name: 'mac', id: '2b1ad29c-5c0a-4c2e-9d0c-3f5a3b1c9f10', generation: 7 };
export const ACKNOWLEDGED: ReportOutcome = { kind: 'acknowledged' };
export const FAILED: ReportOutcome = { kind: 'failed', error: new ApiError('network', 'ECONNREFUSED') };
export const down = () => new ApiError('network', 'ECONNREFUSED');

export const task = (id: string, attempt = 1): HandedTask => ({
  id,
  type: 'command',
  command: '',
  attempt,
  timeout: 1000,
});
export const ref = (taskId: string, attempt = 1) => ({ taskId, attempt });
export const heldBy = (poll: ScriptedPoll) => poll.request.running.map(({ taskId, attempt }) => `${taskId}/${attempt}`);

export interface Run {
  task: HandedTask;
  signal: AbortSignal;
  end(over?: Partial<SpooledReport>): void;
}

let home: string;
export let directory: string;
export let api: ScriptedApi;
export let runs: Inbox<Run>;
export let pacing: ManualPacing;
export let log: ReturnType<typeof memoryLog>;
let delivery: ResultDelivery;
export let loop: ClaimLoop;
export let ended: Promise<LoopEnd>;

export async function begin(settings: Partial<ClaimSettings> = {}, leftovers: SpooledReport[] = []): Promise<void> {
  const spool = await ResultSpool.open(directory);
  const guard = new SpoolGuard(spool, pacing, log.logger);
  const contact = new ServerContact({ url: 'http://api', workerName: 'mac' }, pacing, log.logger);
  delivery = new ResultDelivery(guard, api, new ScriptedUploads(), contact, pacing, log.logger);
  const runner = {
    run: (handed: HandedTask, signal: AbortSignal) =>
      new Promise<FinishedAttempt>((resolve) => {
        const report = { taskId: handed.id, attempt: handed.attempt, status: 'completed' as const };
        runs.put({ task: handed, signal, end: (over) => resolve({ report: { ...report, ...over }, files: [] }) });
      }),
  };
  const journal = { close: () => undefined };
  const readyShells = { refillSoon: () => undefined };
  const parts = { api, runner, delivery, spool: guard, journal, readyShells, contact, pacing, logger: log.logger };
  const all = { maxConcurrent: 2, longPollWait: 30_000, pollInterval: 500, ...settings };
  loop = new ClaimLoop(WORKER, all, parts);
  for (const report of leftovers) await spool.add(report);
  delivery.resume((await spool.load()).attempts);
  ended = loop.run();
}

/** Lets the first poll pass, which the server answers at once. */
export async function registered(): Promise<void> {
  (await api.polls.next()).say();
}

/** Answers all calls to come, with nothing new, until the loop has ended. */
export function letEnd(): Promise<LoopEnd> {
  void api.polls.passOn((poll) => poll.say());
  void api.reports.passOn((sent) => sent.settle(ACKNOWLEDGED));
  return ended;
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'claim-loop-'));
  directory = join(home, 'spool');
  api = new ScriptedApi();
  runs = new Inbox();
  pacing = new ManualPacing(1);
  log = memoryLog();
});

afterEach(async () => {
  loop.drain();
  loop.cancelAll('the test is over');
  await rm(home, { recursive: true, force: true });
});
