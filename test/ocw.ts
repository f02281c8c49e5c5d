import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Installation, ROOT, TOKEN } from './programs.js';

const SCRIPT = join(ROOT, 'dist/apps/cli/main.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built `ocw` for the server of an installation. */
export class Ocw {
  constructor(private readonly here: Installation) {}

  start(args: string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [SCRIPT, ...args], { env: this.variables(env), stdio: ['pipe', 'pipe', 'pipe'] });
  }

  run(args: string[], { env, stdin }: { env?: Record<string, string>; stdin?: string } = {}): Promise<Ended> {
    return endOf(this.start(args, env), stdin);
  }

  /** What a person sees who runs it on a terminal. */
  onTerminal(args: string[], env: Record<string, string> = {}): Promise<string> {
    const line = [process.execPath, SCRIPT, ...args].map((word) => `'${word}'`).join(' ');
    const options = { env: this.variables({ TERM: 'xterm', ...env }) };
    return new Promise((resolve, reject) => {
      const child = execFile('script', ['-qec', line, '/dev/null'], options, (error, out) =>
        error ? reject(error) : resolve(out),
      );
      child.stdin?.end();
    });
  }

  private variables(extra: Record<string, string>): Record<string, string> {
    const { home, url } = this.here;
    return { PATH: String(process.env.PATH), HOME: home, OCW_URL: url, OCW_TOKEN: TOKEN, ...extra };
  }
}

export async function endOf(child: ChildProcess, stdin = ''): Promise<Ended> {
  child.stdin?.end(stdin);
  if (!child.stdout || !child.stderr) throw new Error('nothing to read');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

/** Resolves when the child has printed what matches. */
export async function heard(child: ChildProcess, pattern: RegExp): Promise<void> {
  let seen = '';
  for await (const [bytes] of on(child.stdout as Readable, 'data')) {
    seen += bytes;
    if (pattern.test(seen)) return;
  }
}
