import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../dist/apps/worker/main.js', import.meta.url));

/** The worker as it is delivered, in a process of its own. */
export class BuiltWorker {
  /** Resolves with the exit code, null after a death by signal. */
  readonly exited: Promise<number | null>;
  /** All that it has written, to standard output and standard error. */
  output = '';
  private readonly process: ChildProcess;
  private readonly readers = new Set<() => void>();

  /**
   * @param env all of its environment
   * @param channel whether the test is a parent process that holds a channel
   */
  constructor(env: Record<string, string>, channel = false) {
    if (!existsSync(SCRIPT)) throw new Error('there is no built worker: run "npm run build" first');
    const stdio = ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])] as const;
    this.process = spawn(process.execPath, [SCRIPT], { env, stdio: [...stdio] });
    const streams = [this.process.stdout, this.process.stderr].filter((stream) => stream !== null);
    for (const stream of streams)
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const reader of this.readers) reader();
      });
    // Not its `close`, which never comes once the channel was disconnected from this side.
    const ends = [once(this.process, 'exit'), ...streams.map((stream) => once(stream, 'close'))];
    this.exited = Promise.all(ends).then(([exit]) => exit?.[0] as number | null);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Resolves when it has written this; rejects when it ends without. */
  async hasWritten(text: string): Promise<void> {
    let reader = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      reader = () => {
        if (this.output.includes(text)) resolve();
      };
      this.readers.add(reader);
      reader();
    });
    const ended = this.exited.then((code) => {
      if (!this.output.includes(text)) throw new Error(`ended with ${code} before it wrote ${text}:\n${this.output}`);
    });
    await Promise.race([written, ended]).finally(() => this.readers.delete(reader));
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends the channel, as the end of the parent process would. */
  disconnect(): void {
    this.process.disconnect();
  }
}
