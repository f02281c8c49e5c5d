import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '#version';
import { codeOfSignal } from './exit-codes.js';

/** Runs one of the other programs of this package, such as `worker/main.js`, in this terminal; answers its exit code. */
export async function runProgram(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const path = join(PACKAGE_FOLDER, 'dist/apps', script);
  // The channel tells it when this process is gone without a word.
  const child = spawn(process.execPath, [path, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  // What a terminal sends reaches both; this one waits for the other, which knows what to finish first.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = await once(child, 'exit');
  return code ?? codeOfSignal(signal);
}
