import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../failure.js';

/** Where a worker is installed for, and from. */
export interface Place {
  /** The folder of this package. */
  root: string;
  home: string;
  env: NodeJS.ProcessEnv;
}

/** What keeps a worker running on a machine. */
export interface Supervisor {
  name: 'systemd' | 'launchd' | 'pm2';
  /** Why it cannot look after a worker here, with what to do; null when it can. */
  missing(place: Place): string | null;
  /** The file that tells it of the worker; null when it keeps that itself. */
  file(place: Place): string | null;
  /** Makes it start the worker now and with the machine; `changed`: a worker that runs already has older settings. */
  install(place: Place, changed: boolean): Installed;
  /** Ends the worker once its tasks have ended, and forgets it; false when it knew of none. */
  uninstall(place: Place): boolean;
}

interface Installed {
  /** A sentence. */
  done: string;
  /** What is worth knowing, by what it is for. */
  hints: Record<string, string>;
}

/** Runs a program of the system and answers what it prints. Throws a `Failure` with its words. */
export function call(program: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { env: withoutTokens(env), encoding: 'utf8' });
  if (status === 0) return stdout;
  const why = error?.message ?? (stderr.trim() || stdout.trim() || `exit code ${status}`);
  throw new Failure(`${[program, ...args].join(' ')}: ${why}`);
}

/** Whether the same call succeeds. */
export function succeeds(program: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(program, args, { env: withoutTokens(env), stdio: 'ignore' }).status === 0;
}

/** A supervisor may keep what it is started with, as pm2 does. */
function withoutTokens({ WORKER_TOKEN: _, OCW_TOKEN: __, TOKEN: ___, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** Writes a file unless it says just that already; answers whether it had to. */
export function putFile(path: string, text: string, mode: number): boolean {
  if (contentOf(path) === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  // The mode is for a new file alone.
  chmodSync(path, mode);
  return true;
}

/** Null when there is no such file. */
export function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Answers whether there was one. */
export function removeFile(path: string): boolean {
  const wasThere = contentOf(path) !== null;
  rmSync(path, { force: true });
  return wasThere;
}
