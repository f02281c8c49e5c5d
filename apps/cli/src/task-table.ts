import type { TaskSummary } from '#contracts';
import { formatDuration } from './durations.js';
import { harmless, listing, painter, styleOf, type Terminal } from './terminal.js';

const TITLES = ['TASK', 'STATUS', 'TIME', 'WORKER', 'WHAT'];

/** Tasks as rows, or the words for there being none. */
export function taskTable(terminal: Terminal, items: readonly TaskSummary[], nothing: string): string {
  const paint = painter(terminal.stdout, terminal.env);
  const now = Date.now();
  const rows = items.map((task) => [
    task.id,
    paint(styleOf(task.status), task.status),
    timeOf(task, now),
    harmless(task.worker ?? '-'),
    harmless(whatOf(task)),
  ]);
  return listing(terminal, TITLES, rows, nothing);
}

/** How long it took, has run, or has waited. */
function timeOf({ duration, startedAt, createdAt, completedAt }: TaskSummary, now: number): string {
  if (completedAt !== null) return formatDuration(duration ?? completedAt - (startedAt ?? createdAt));
  return formatDuration(Math.max(0, now - (startedAt ?? createdAt)));
}

export function whatOf(task: TaskSummary): string {
  const { command, path, prompt } = task as TaskSummary & { command?: string; path?: string; prompt?: string };
  return command ?? (path === undefined ? `${task.type} ${prompt ?? ''}` : `${task.type} ${path}`);
}
