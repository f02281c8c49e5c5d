import { chosenProfile } from '../profiles.js';
import { runProgram } from '../programs.js';
import type { Terminal } from '../terminal.js';

/** The server, with the settings of this environment. */
export function server({ env }: Terminal): Promise<number> {
  return runProgram('api/main.js', [], env);
}

/** A worker on this machine, for the server that `ocw login` knows unless the environment names one. */
export function worker({ env }: Terminal, options: { profile?: string }): Promise<number> {
  if (env.WORKER_TOKEN) return runProgram('worker/main.js', [], env);
  const { url, token } = chosenProfile(options.profile, env);
  return runProgram('worker/main.js', [], { ...env, WORKER_URL: env.WORKER_URL ?? url, WORKER_TOKEN: token });
}
