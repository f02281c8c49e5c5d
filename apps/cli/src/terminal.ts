import { styleText } from 'node:util';
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

/** Text of a stranger, without what could move the cursor or change the title of a terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd').replace(/[\t\n]/g, ' ');
}

/** Columns as wide as their widest cell; what does not fit the terminal is cut off the last one, which has no colours then. */
export function table(rows: readonly (readonly string[])[], columns?: number): string {
  // A terminal that does not know its width says 0.
  const width = columns || Number.POSITIVE_INFINITY;
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, n) => Math.max(most[n] ?? 0, visible(cell))), []);
  const lines = rows.map((row) => {
    const last = row.at(-1) ?? '';
    const before = row.slice(0, -1).map((cell, n) => `${cell}${' '.repeat((widths[n] ?? 0) - visible(cell))}  `);
    const room = Math.max(2, width - visible(before.join('')));
    return (before.join('') + (visible(last) > room ? `${last.slice(0, room - 1)}…` : last)).trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
const visible = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, '').length;
