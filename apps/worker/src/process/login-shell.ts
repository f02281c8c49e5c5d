import { randomBytes } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { basename } from 'node:path';
import { EndEarly, type Outcome } from '../executors/executor.js';
import { withoutWorkerSettings } from '../worker-settings.js';
import { runProcess } from './process-runner.js';
import { isExecutable } from './program-path.js';

const FALLBACK = '/bin/sh';
/** Shells of users that are not to log in. */
const NO_SHELLS = new Set(['nologin', 'false']);
/** Enough for any PATH after whatever else the profile prints. */
const MAX_OUTPUT_BYTES = 1_048_576;

export interface LoginShellOptions {
  /** WORKER_SHELL; undefined for the user's own. */
  configured: string | undefined;
  /** How long the profile scripts may take, in milliseconds. */
  timeoutMs: number;
  /** The worker's environment; its settings are left out of what any shell sees. */
  env: Readonly<Record<string, string | undefined>>;
  home?: string;
  /** The user's shell, null for none; by default, what the system has for the user. */
  userShell?: string | null;
}

export interface LoginShell {
  path: string;
  /** What tasks start from: the login shell's PATH, and none of the worker's settings. */
  env: Record<string, string>;
  /** Why the PATH is still the worker's own, or null when it is the login shell's. */
  warning: string | null;
}

/**
 * Finds the shell that runs commands, and the PATH that the user has in a terminal: a worker that a service manager
 * started has a shorter one. Rejects when the configured shell cannot be run.
 */
export async function resolveLoginShell(options: LoginShellOptions): Promise<LoginShell> {
  const userShell = options.userShell === undefined ? systemShell() : options.userShell;
  const path = await chooseShell(options.configured, userShell);
  const env = withoutWorkerSettings(options.env);
  const login = await loginPath(path, env, options.home ?? homedir(), options.timeoutMs);
  if ('path' in login) return { path, env: { ...env, PATH: login.path }, warning: null };
  return { path, env, warning: `${path} as a login shell ${login.problem}: tasks keep the PATH of the worker` };
}

async function chooseShell(configured: string | undefined, userShell: string | null): Promise<string> {
  if (configured !== undefined) {
    if (await isExecutable(configured)) return configured;
    throw new Error(`WORKER_SHELL is ${JSON.stringify(configured)}, which is no program that can be run: correct it`);
  }
  const usable = userShell && !NO_SHELLS.has(basename(userShell)) && (await isExecutable(userShell));
  return usable ? userShell : FALLBACK;
}

function systemShell(): string | null {
  try {
    return userInfo().shell;
  } catch {
    // A container may run under a user id that the system has no entry for.
    return null;
  }
}

async function loginPath(
  shell: string,
  env: Record<string, string>,
  cwd: string,
  timeoutMs: number,
): Promise<{ path: string } | { problem: string }> {
  // Profile scripts print greetings; no text of theirs can hold this.
  const mark = randomBytes(16).toString('hex');
  // Every shell has quotes and a program's name in common, but not how it writes a variable.
  const printPath = `/bin/sh -c 'printf "${mark}%s${mark}" "$PATH"'`;
  const timeUp = new AbortController();
  const timer = setTimeout(
    () => timeUp.abort(new EndEarly('timed_out', `took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const outcome = await runProcess(
    {
      program: shell,
      args: ['-l', '-c', printPath],
      cwd,
      env,
      programFix: 'set WORKER_SHELL to one that can be run',
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal: timeUp.signal,
    },
    0,
  );
  clearTimeout(timer);
  const path = outcome.stdout.split(mark).at(-2);
  return path ? { path } : { problem: problemOf(outcome) };
}

function problemOf({ error, exitCode, stderr }: Outcome): string {
  if (error !== null) return `failed (${error})`;
  const lastLine = stderr.trimEnd().split('\n').at(-1) ?? '';
  return `told no PATH (exit code ${exitCode}${lastLine && `: ${lastLine}`})`;
}
