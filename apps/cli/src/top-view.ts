import cliTruncate from 'cli-truncate';
import type { WorkerRecord } from '#client';
import type { TaskSummary } from '#contracts';
import { taskTable } from './task-table.js';
import { harmless, painter, type Terminal } from './terminal.js';

/** What `ocw top` shows. */
export interface Overview {
  running: TaskSummary[];
  waiting: TaskSummary[];
  /** Newest first. */
  ended: TaskSummary[];
  workers: WorkerRecord[];
}

/** Lines for a screen; what does not fit is left out from the end on. `problem` is what keeps it from being new. */
export function overviewLines(
  terminal: Terminal,
  overview: Overview,
  { url, rows, problem }: { url: string; rows: number; problem: string | null },
): string[] {
  const paint = painter(terminal.stdout, terminal.env);
  const { running, waiting, ended, workers } = overview;
  const load = workers
    .filter(({ status }) => status !== 'offline')
    .map(({ name, status, running: busy, maxConcurrent }) => {
      const share = `${harmless(name)} ${busy}/${maxConcurrent}`;
      return status === 'draining' ? paint('yellow', `${share} draining`) : share;
    });
  const head = [
    `${paint('bold', 'ocw top')}  ${url}  ${new Date().toTimeString().slice(0, 8)}  ${paint('dim', 'q ends')}`,
    `workers  ${load.join(', ') || paint('yellow', 'none is online')}`,
    `tasks    ${running.length} running, ${waiting.length} waiting`,
    problem === null ? '' : paint('red', problem),
  ];
  const table = taskTable(terminal, [...running, ...waiting, ...ended], 'No tasks yet.').trimEnd();
  const columns = terminal.stdout.columns || Number.POSITIVE_INFINITY;
  return [...head.map((line) => cliTruncate(line, columns)), ...table.split('\n')].slice(0, rows);
}
