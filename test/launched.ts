import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** `scripts/start.mjs` as a process, and what it prints. */
export class Launched {
  output = '';
  /** The exit code, once all output has been read. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly printed = new EventEmitter();

  /** Nothing of this process's environment is passed on but what finds programs and the home folder. */
  constructor(root: string, env: Record<string, string>, options: string[] = []) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), ...options], {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.printed.emit('output');
      });
    }
    this.ended = once(this.child, 'close').then(([code]) => {
      this.printed.emit('output');
      return code;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  private get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves with the output once it matches. */
  async until(pattern: string | RegExp): Promise<string> {
    const matches = () => this.output.match(pattern) !== null;
    while (!matches()) {
      if (!this.running) throw new Error(`ended without printing ${pattern}:\n${this.output}`);
      await once(this.printed, 'output');
    }
    return this.output;
  }

  up(): Promise<string> {
    return this.until('Ctrl-C stops both.');
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Presses Ctrl-C until that shows: what follows at once on another press is taken for the same one. */
  async press(effect: string): Promise<void> {
    while (!this.output.includes(effect)) {
      this.signal('SIGINT');
      await delay(POLL_MS);
    }
  }

  programs(): number[] {
    return processes()
      .filter(({ parent }) => parent === this.pid)
      .map(({ pid }) => pid);
  }

  async dispose(): Promise<void> {
    const programs = this.running ? this.programs() : [];
    if (this.running) this.signal('SIGKILL');
    await this.ended;
    for (const pid of programs) {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
    await allGone(programs);
  }
}

interface Listed {
  pid: number;
  parent: number;
  command: string;
}

/** What runs on this machine; the dead that nobody has collected are left out. */
export function processes(): Listed[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = line.match(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/) ?? [];
    return command === undefined || state?.startsWith('Z')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

function isRunning(pid: number): boolean {
  return processes().some((process) => process.pid === pid);
}

/** Resolves when none of them runs; they are not this process's children, so that no event tells it. */
export async function allGone(pids: number[]): Promise<void> {
  while (pids.some(isRunning)) await delay(POLL_MS);
}

/** A port on 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : address);
}
