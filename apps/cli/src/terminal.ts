import { styleText } from 'node:util';
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import type { TaskStatus } from '#contracts';

type Style = Parameters<typeof styleText>[0];

/** What `ocw` reads and writes: streams that a test can stand in for. */
export interface Terminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

const STYLES: Readonly<Record<TaskStatus, Style>> = {
  pending: 'gray',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  timed_out: 'red',
  cancelled: 'yellow',
  lost: 'magenta',
  expired: 'yellow',
};

/** Colours where a person reads them: on a terminal, unless `NO_COLOR` says no. */
export function painter(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): (style: Style, text: string) => string {
  const colours = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return (style, text) => (colours ? styleText(style, text) : text);
}

export const styleOf = (status: TaskStatus): Style => STYLES[status];

/** A word of ocw's own, which never mixes with what is printed: on standard error. */
export function say({ stderr, env }: Terminal, text: string): void {
  stderr.write(`${painter(stderr, env)('dim', `ocw: ${text}`)}\n`);
}

/** A table with a head, or the words for there being nothing to show. */
export function listing(
  { stdout, env }: Terminal,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  nothing: string,
): string {
  if (rows.length === 0) return `${nothing}\n`;
  const paint = painter(stdout, env);
  return table([titles.map((title) => paint('dim', title)), ...rows], stdout.columns);
}

/** Text of a stranger, without what could move the cursor or change the title of a terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd').replace(/[\t\n]/g, ' ');
}

/** Columns as wide as their widest cell; on a terminal, what does not fit is cut off the last one. */
export function table(rows: readonly (readonly string[])[], columns?: number): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, n) => Math.max(most[n] ?? 0, stringWidth(cell))),
    [],
  );
  const lines = rows.map((row) => {
    const before = row.slice(0, -1).map((cell, n) => `${cell}${' '.repeat((widths[n] ?? 0) - stringWidth(cell))}  `);
    const start = before.join('');
    const last = row.at(-1) ?? '';
    // A terminal that does not know its width says 0.
    return columns ? cliTruncate(start + last, columns) : (start + last).trimEnd();
  });
  return `${lines.join('\n')}\n`;
}
