import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type ClaudeAnswer,
  type ClaudeStandIn,
  writeClaudeStandIn,
} from '../apps/worker/src/testing/claude-stand-in.js';

export const ROOT = fileURLToPath(new URL('../', import.meta.url));
export const TOKEN = 'kV7pQ2mX9sT4wZ6rkV7pQ2mX9sT4wZ6r';

/** A program of ours as a real process, whose log can be waited for. */
export class Program {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  /** Resolves when it has ended, by itself or not. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  private heard: () => void = () => undefined;

  constructor(script: string, args: string[], env: Record<string, string>) {
    this.child = spawn(process.execPath, [join(ROOT, script), ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (!stream) throw new Error('the program has no output to read');
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.heard();
      });
    }
    void this.exited.then(() => this.heard());
  }

  /** The first line, present or future, that matches. Fails when the program ends without it. */
  async line(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      for (const line of this.lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without ${pattern}:\n${this.lines.join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
  }

  /** Closes this end of its output, as a reader that dies does. */
  stopReading(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program has not started');
    return this.child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill(signal);
    return this.exited;
  }
}

/** The two programs on this machine, in a folder of their own, on a port that the system picks. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'installation-'));
  readonly home = join(this.folder, 'home');
  private readonly programs: Program[] = [];
  private api: Program | undefined;
  private port = 0;

  constructor() {
    mkdirSync(this.home);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the API, at the same address again when it has run before. */
  async startApi(env: Record<string, string> = {}): Promise<Program> {
    const api = this.start('dist/apps/api/main.js', {
      WORKER_TOKEN: TOKEN,
      WORKER_PORT: String(this.port),
      // One token makes all the calls of a test here, and watching what happens takes many.
      RATE_LIMIT_PER_MINUTE: '0',
      DATABASE_URL: `file:${join(this.folder, 'data', 'openclaw.db')}`,
      ...env,
    });
    this.api = api;
    this.port = Number((await api.line(/listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]);
    return api;
  }

  /** Ends the API at once. */
  async stopApi(): Promise<void> {
    await this.api?.end('SIGKILL');
  }

  /** Ends the API at once, and starts it again at the same address. */
  async restartApi(): Promise<void> {
    await this.stopApi();
    await this.startApi();
  }

  /** Starts a worker whose home folder is empty but for a profile that puts `binaries` first on the PATH. */
  async startWorker(env: Record<string, string> = {}): Promise<Program> {
    const worker = this.start('dist/apps/worker/main.js', {
      WORKER_TOKEN: TOKEN,
      WORKER_URL: this.url,
      WORKER_NAME: 'test-worker',
      WORKER_SHELL: '/bin/sh',
      SPOOL_DIR: join(this.folder, 'spool'),
      HOME: this.home,
      ...env,
    });
    await worker.line(/registered with the server/);
    return worker;
  }

  /** Gives the user a `claude`: a program that answers as Claude Code does, first on the PATH of the login shell. */
  async installClaude(answer?: ClaudeAnswer): Promise<ClaudeStandIn> {
    const folder = join(this.folder, 'bin');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(this.home, '.profile'), `PATH='${folder}':"$PATH"\nexport PATH\necho noise of a profile\n`);
    return writeClaudeStandIn(folder, answer);
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  }

  /** Submits and waits for the end. */
  run(path: string, body: object) {
    return this.call('POST', `${path}?wait=60000`, body);
  }

  async end(): Promise<void> {
    // The newest first: a worker says farewell to a server that is still there.
    for (const program of this.programs.reverse()) await program.end();
    rmSync(this.folder, { recursive: true });
  }

  private start(script: string, env: Record<string, string>): Program {
    const program = new Program(script, [], env);
    this.programs.push(program);
    return program;
  }
}
