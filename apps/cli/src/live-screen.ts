import { emitKeypressEvents } from 'node:readline';
import type { Terminal } from './terminal.js';

const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_LINE = '\u001b[K\n';
const CLEAR_BELOW = '\u001b[J';

/** The other screen of a terminal, drawn over and over; whatever ends this program, the one before comes back. */
export class LiveScreen {
  private readonly stopped = new AbortController();
  private readonly restore = () => {
    process.off('exit', this.restore);
    this.terminal.stdin.setRawMode(false);
    this.terminal.stdin.pause();
    this.terminal.stdout.write(CLOSE);
  };
  private readonly stop = () => this.stopped.abort();

  /** `resized` is called when the terminal has another size. */
  constructor(
    private readonly terminal: Terminal,
    private readonly resized: () => void,
  ) {
    const { stdin, stdout } = terminal;
    // Also for what throws, and for what ends the process from within.
    process.on('exit', this.restore);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.stop);
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on('keypress', this.pressed).resume();
    stdout.on('resize', resized);
    stdout.write(OPEN);
  }

  /** Aborted once the person wants it to end: by `q`, Ctrl-C, or a request to the process. */
  get ended(): AbortSignal {
    return this.stopped.signal;
  }

  get size(): { rows: number; columns: number } {
    return { rows: this.terminal.stdout.rows || 24, columns: this.terminal.stdout.columns || 80 };
  }

  /** Lines that fit; what was there before is gone. */
  draw(lines: readonly string[]): void {
    // Line by line over the old picture: clearing all of it first would flicker.
    this.terminal.stdout.write(`${HOME}${lines.join(END_LINE)}\u001b[K${CLEAR_BELOW}`);
  }

  close(): void {
    const { stdin, stdout } = this.terminal;
    stdin.off('keypress', this.pressed);
    stdout.off('resize', this.resized);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.stop);
    this.restore();
  }

  // In raw mode Ctrl-C is a key.
  private readonly pressed = (_: unknown, { name, ctrl }: { name?: string; ctrl?: boolean }) => {
    if (name === 'q' || name === 'escape' || (ctrl && (name === 'c' || name === 'd'))) this.stop();
  };
}
