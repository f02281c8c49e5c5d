import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from './programs.js';

export const KEY = {
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlU: '\u0015',
  enter: '\r',
  tab: '\t',
  up: '\u001b[A',
} as const;

/** A program on a terminal of its own: what a person would see there, and type. */
export class PseudoTerminal {
  /** All that it has printed, control sequences included. */
  output = '';
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private heard: () => void = () => undefined;

  constructor(command: readonly string[], env: Record<string, string>, { rows = 24, columns = 120 } = {}) {
    this.child = spawn('python3', [join(ROOT, 'test/pseudo-terminal.py'), String(rows), String(columns), ...command], {
      env: { PATH: String(process.env.PATH), TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.heard();
    });
    this.ended = once(this.child, 'close').then(([code]) => {
      this.heard();
      return code;
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Closes the terminal, which ends what runs there. */
  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }

  resize(rows: number, columns: number): void {
    this.type(`\u001b]size ${rows} ${columns}\u0007`);
  }

  /** Resolves with what matches of the output from `from` on; fails when the program ends without it. */
  async until(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    const matches = () => this.output.slice(from).match(pattern);
    await this.untilTrue(() => matches() !== null, String(pattern));
    return matches() as RegExpMatchArray;
  }

  /** Resolves once what it has printed makes that true; `what` is for the error when the program ends before. */
  async untilTrue(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.child.exitCode !== null) throw new Error(`ended without ${what}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
  }
}
