import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '#version';
import { chosenProfile } from '../profiles.js';
import type { Terminal } from '../terminal.js';

const scriptOf = (name: 'api' | 'worker') => join(PACKAGE_FOLDER, 'dist/apps', name, 'main.js');

/** The server, with the settings of this environment. */
export function server({ env }: Terminal): Promise<number> {
  return runProgram('api', env);
}

/** A worker on this machine, for the server that `ocw login` knows unless the environment names one. */
export function worker({ env }: Terminal, options: { profile?: string }): Promise<number> {
  if (env.WORKER_TOKEN) return runProgram('worker', env);
  const { url, token } = chosenProfile(options.profile, env);
  return runProgram('worker', { ...env, WORKER_URL: env.WORKER_URL ?? url, WORKER_TOKEN: token });
}

async function runProgram(name: 'api' | 'worker', env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [scriptOf(name)], { stdio: 'inherit', env });
  // Ctrl-C on a terminal reaches both; this one waits for the other, which knows what to finish first.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
