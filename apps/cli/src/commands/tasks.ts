import type { TaskFilter } from '#client';
import type { OutputChunk, TaskRecord } from '#contracts';
import { formatDuration } from '../durations.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { interruptible } from '../interrupts.js';
import { firstOf } from '../pages.js';
import { type CommonOptions, openSession, patientClient, printJson } from '../session.js';
import { taskTable, whatOf } from '../task-table.js';
import { harmless, painter, say, styleOf, type Terminal, table } from '../terminal.js';
import { formatTime } from '../times.js';
import { tellWaiting } from '../waiting.js';
import { follow, writeChunk } from './run.js';
import { found } from './schedules.js';

export interface ListOptions extends CommonOptions, TaskFilter {
  limit?: number;
}

const UNFINISHED = ['running', 'pending'] as const;
const PAGE = 200;

/** What runs and what waits. */
export async function ps(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const pages = await Promise.all(UNFINISHED.map((status) => client.tasks.list({ status }, { limit: PAGE })));
  const items = pages.flatMap((page) => page.items);
  if (json) printJson(terminal, items);
  else terminal.stdout.write(taskTable(terminal, items, 'Nothing runs and nothing waits.'));
  if (pages.some(({ nextCursor }) => nextCursor !== null))
    say(terminal, 'there are more: ocw ls --status pending -n 1000 lists them');
  return EXIT.ok;
}

/** Tasks, newest first. */
export async function ls(
  terminal: Terminal,
  { limit = 20, profile, json: asJson, schedule: named, ...filter }: ListOptions,
): Promise<number> {
  const session = openSession(terminal, { profile, json: asJson });
  const { client, json } = session;
  const schedule = named === undefined ? undefined : (await found(session, named)).id;
  const items = await firstOf(limit, (page) => client.tasks.list({ ...filter, schedule }, page));
  if (json) printJson(terminal, items);
  else terminal.stdout.write(taskTable(terminal, items, 'No such tasks.'));
  return EXIT.ok;
}

export async function show(terminal: Terminal, taskId: string, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const record = await client.tasks.read(taskId);
  if (json) printJson(terminal, record);
  else terminal.stdout.write(details(terminal, record));
  return EXIT.ok;
}

/** What a task has printed so far; with `follow`, until it has ended. */
export async function logs(
  terminal: Terminal,
  taskId: string,
  options: CommonOptions & { follow?: boolean },
): Promise<number> {
  const session = openSession(terminal, options);
  if (options.follow) return follow(session, taskId, { cancels: false });
  const chunks: OutputChunk[] = [];
  for await (const chunk of session.client.tasks.output(taskId, { follow: false })) {
    if (session.json) chunks.push(chunk);
    else await writeChunk(terminal, chunk);
  }
  if (session.json) printJson(terminal, { taskId, chunks });
  return EXIT.ok;
}

/** Waits for the end, and ends as the task did. */
export async function wait(terminal: Terminal, taskId: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const waiting = tellWaiting(session, taskId);
  const record = await interruptible((signal) => patientClient(session).tasks.wait(taskId, { signal })).finally(
    waiting.stop,
  );
  if (session.json) printJson(terminal, record);
  return exitCodeOf(record);
}

export async function cancel(terminal: Terminal, taskIds: readonly string[], options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const records: TaskRecord[] = [];
  for (const taskId of taskIds) {
    const record = await client.tasks.cancel(taskId);
    records.push(record);
    const asked = record.completedAt === null ? 'asked to stop' : record.status;
    if (!json) terminal.stdout.write(`${taskId}  ${asked}\n`);
  }
  if (json) printJson(terminal, records);
  return EXIT.ok;
}

/** Submits the same input as a new task. */
export async function retry(
  terminal: Terminal,
  taskId: string,
  options: CommonOptions & { follow?: boolean },
): Promise<number> {
  const session = openSession(terminal, options);
  const submitted = await session.client.tasks.retry(taskId);
  if (options.follow) return follow(session, submitted.taskId);
  if (session.json) printJson(terminal, submitted);
  else terminal.stdout.write(`${submitted.taskId}\n`);
  return EXIT.ok;
}

function details(terminal: Terminal, record: TaskRecord): string {
  const paint = painter(terminal.stdout, terminal.env);
  const rows: [string, string][] = [
    ['task', record.id],
    ['status', paint(styleOf(record.status), record.status)],
    ['what', harmless(whatOf(record))],
    ['worker', harmless(record.worker ?? '-')],
    ['attempt', `${record.attempt} of ${record.maxAttempts}`],
    ['submitted', formatTime(record.createdAt)],
  ];
  if (record.startedAt !== null) rows.push(['started', formatTime(record.startedAt)]);
  if (record.completedAt !== null) rows.push(['ended', formatTime(record.completedAt)]);
  if (record.duration !== null) rows.push(['took', formatDuration(record.duration)]);
  if (record.exitCode !== null) rows.push(['exit code', String(record.exitCode)]);
  if (record.signal !== null) rows.push(['signal', record.signal]);
  if (record.error !== null) rows.push(['error', harmless(record.error)]);
  if (record.waitingFor !== null) rows.push(['waits', harmless(record.waitingFor)]);
  if (record.schedule !== null) rows.push(['schedule', record.schedule]);
  const { stdout, stderr } = record.outputBytes;
  rows.push(['printed', `${stdout} bytes, ${stderr} on stderr: ocw logs ${record.id}`]);
  return table(rows.map(([name, value]) => [paint('dim', name), value]));
}
