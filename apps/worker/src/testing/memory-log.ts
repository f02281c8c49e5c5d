import { pino } from 'pino';
import type { Logger } from '#logging';

/** A logger of all levels whose lines a test can read. */
export function memoryLog(): { logger: Logger; lines: string[]; messages(level?: string): string[] } {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const messages = (level?: string) => {
    const entries = lines.map((line) => JSON.parse(line) as { level: number; msg: string });
    const wanted = level === undefined ? entries : entries.filter((entry) => entry.level === pino.levels.values[level]);
    return wanted.map(({ msg }) => msg);
  };
  return { logger, lines, messages };
}
