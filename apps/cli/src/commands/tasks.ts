import { setTimeout as delay } from 'node:timers/promises';
import type { TaskFilter } from '#client';
import type { TaskRecord, TaskSummary } from '#contracts';
import { formatDuration } from '../durations.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { type CommonOptions, openSession, patientClient, printJson } from '../session.js';
import { harmless, painter, styleOf, type Terminal, table } from '../terminal.js';
import { follow } from './run.js';

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
  else if (items.length === 0) terminal.stdout.write('Nothing runs and nothing waits.\n');
  else terminal.stdout.write(listing(terminal, items));
  return EXIT.ok;
}

/** Tasks, newest first. */
export async function ls(
  terminal: Terminal,
  { limit = 20, profile, json: asJson, ...filter }: ListOptions,
): Promise<number> {
  const { client, json } = openSession(terminal, { profile, json: asJson });
  const { items } = await client.tasks.list(filter, { limit });
  if (json) printJson(terminal, items);
  else if (items.length === 0) terminal.stdout.write('No such tasks.\n');
  else terminal.stdout.write(listing(terminal, items));
  return EXIT.ok;
}

export async function show(terminal: Terminal, taskId: string, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const record = await client.tasks.read(taskId);
  if (json) printJson(terminal, record);
  else terminal.stdout.write(details(terminal, record));
  return EXIT.ok;
}

/** What a task has printed; with `follow`, until it has ended. */
export async function logs(
  terminal: Terminal,
  taskId: string,
  options: CommonOptions & { follow?: boolean },
): Promise<number> {
  const session = openSession(terminal, options);
  if (options.follow) return follow({ ...session, json: false }, taskId, { cancels: false });
  const { stdout, stderr } = await session.client.tasks.read(taskId);
  terminal.stdout.write(stdout);
  terminal.stderr.write(stderr);
  return EXIT.ok;
}

/** Waits for the end, and ends as the task did. */
export async function wait(terminal: Terminal, taskId: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const record = await patientClient(session).tasks.wait(taskId);
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

const REFRESH_MS = 1000;

/** `ps` again and again until Ctrl-C, on the terminal's other screen. */
export async function top(terminal: Terminal, options: CommonOptions): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const { client } = openSession(terminal, options);
  terminal.stdout.write('\u001b[?1049h\u001b[?25l');
  try {
    while (!stop.signal.aborted) {
      const [running, pending, workers] = await Promise.all([
        client.tasks.list({ status: 'running' }, { limit: PAGE }),
        client.tasks.list({ status: 'pending' }, { limit: PAGE }),
        client.workers.list(),
      ]);
      const online = workers.filter(({ status }) => status !== 'offline');
      const load = online.map(({ name, running: busy, maxConcurrent }) => `${harmless(name)} ${busy}/${maxConcurrent}`);
      const head = `${running.items.length} running, ${pending.items.length} waiting; ${load.join(', ') || 'no worker online'}`;
      const rows = terminal.stdout.rows ?? 24;
      const lines = listing(terminal, [...running.items, ...pending.items])
        .split('\n')
        .slice(0, rows - 3);
      terminal.stdout.write(`\u001b[H\u001b[2J${head}\n\n${lines.join('\n')}`);
      await delay(REFRESH_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    terminal.stdout.write('\u001b[?25h\u001b[?1049l');
  }
  return EXIT.ok;
}

function listing(terminal: Terminal, items: readonly TaskSummary[]): string {
  const paint = painter(terminal.stdout, terminal.env);
  const now = Date.now();
  const rows = items.map((task) => [
    task.id,
    paint(styleOf(task.status), task.status),
    timeOf(task, now),
    harmless(task.worker ?? '-'),
    harmless(whatOf(task)),
  ]);
  const head = ['TASK', 'STATUS', 'TIME', 'WORKER', 'WHAT'].map((title) => paint('dim', title));
  return table([head, ...rows], terminal.stdout.columns);
}

/** How long it took, has run, or has waited. */
function timeOf({ duration, startedAt, createdAt, completedAt }: TaskSummary, now: number): string {
  if (completedAt !== null) return formatDuration(duration ?? completedAt - (startedAt ?? createdAt));
  return formatDuration(Math.max(0, now - (startedAt ?? createdAt)));
}

function whatOf(task: TaskSummary): string {
  const { command, path, prompt } = task as TaskSummary & { command?: string; path?: string; prompt?: string };
  return command ?? (path === undefined ? `${task.type} ${prompt ?? ''}` : `${task.type} ${path}`);
}

function details(terminal: Terminal, record: TaskRecord): string {
  const paint = painter(terminal.stdout, terminal.env);
  const at = (time: number | null) => (time === null ? '-' : new Date(time).toISOString());
  const rows: [string, string][] = [
    ['task', record.id],
    ['status', paint(styleOf(record.status), record.status)],
    ['what', harmless(whatOf(record))],
    ['worker', harmless(record.worker ?? '-')],
    ['attempt', `${record.attempt} of ${record.maxAttempts}`],
    ['submitted', at(record.createdAt)],
    ['started', at(record.startedAt)],
    ['ended', at(record.completedAt)],
  ];
  if (record.duration !== null) rows.push(['took', formatDuration(record.duration)]);
  if (record.exitCode !== null) rows.push(['exit code', String(record.exitCode)]);
  if (record.signal !== null) rows.push(['signal', record.signal]);
  if (record.error !== null) rows.push(['error', harmless(record.error)]);
  if (record.waitingFor !== null) rows.push(['waiting for', harmless(record.waitingFor)]);
  const { stdout, stderr } = record.outputBytes;
  rows.push(['printed', `${stdout} bytes, ${stderr} on stderr: ocw logs ${record.id}`]);
  return table(rows.map(([name, value]) => [paint('dim', name), value]));
}
