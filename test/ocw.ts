import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Installation, ROOT, TOKEN } from './programs.js';
import { PseudoTerminal } from './pseudo-terminal.js';

const SCRIPT = join(ROOT, 'dist/apps/cli/main.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built `ocw` for the server of an installation. */
export class Ocw {
  /** `url` is where it finds the server: something in between, perhaps. */
  constructor(
    private readonly here: Installation,
    private readonly url: string = here.url,
  ) {}

  start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [SCRIPT, ...args], { env: this.variables(env), stdio: ['pipe', 'pipe', 'pipe'] });
  }

  run(args: readonly string[], { env, stdin }: { env?: Record<string, string>; stdin?: string } = {}): Promise<Ended> {
    return endOf(this.start(args, env), stdin);
  }

  /** As `run`, for what it answers as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  async json(args: readonly string[], env?: Record<string, string>): Promise<any> {
    return JSON.parse((await this.run([...args, '--json'], { env })).stdout);
  }

  /** On a terminal, as a person runs it. */
  onTerminal(
    args: readonly string[],
    env: Record<string, string> = {},
    size?: { rows?: number; columns?: number },
  ): PseudoTerminal {
    return new PseudoTerminal([process.execPath, SCRIPT, ...args], this.variables(env), size);
  }

  get script(): string {
    return SCRIPT;
  }

  /** Makes `folder`, and puts it there as `ocw`, for a shell to find. */
  putInto(folder: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ocw'), `#!/bin/sh\nexec '${process.execPath}' '${SCRIPT}' "$@"\n`, { mode: 0o755 });
  }

  variables(extra: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: String(process.env.PATH),
      HOME: this.here.home,
      OCW_URL: this.url,
      OCW_TOKEN: TOKEN,
      ...extra,
    };
  }
}

export async function endOf(child: ChildProcess, stdin = ''): Promise<Ended> {
  // It may end without having read what it is fed.
  child.stdin?.on('error', () => undefined).end(stdin);
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
