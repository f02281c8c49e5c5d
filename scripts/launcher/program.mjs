import { spawn } from 'node:child_process';
import { createLineSplitter } from './log-lines.mjs';

const TAIL_LINES = 50;

/** How long the last output of an ended program is waited for: something it started may hold its pipes open. */
const LAST_OUTPUT_MS = 1000;

/**
 * @typedef {{ script: string, cwd: string, env: NodeJS.ProcessEnv,
 *   onLine: (line: string) => void }} ProgramOptions
 * @typedef {ReturnType<typeof startProgram>} Program
 */

/**
 * Starts one of the two programs. It leads a process group of its own, so that a terminal's Ctrl-C reaches it through
 * the launcher only and in the right order; the IPC channel tells it when the launcher is gone.
 * @param {ProgramOptions} options
 */
export function startProgram({ script, cwd, env, onLine }) {
  const child = spawn(process.execPath, [script], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  /** @type {string[]} */
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    const lines = createLineSplitter((line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine(line);
    });
    stream?.on('data', lines.push).on('end', lines.end);
  }
  let running = true;
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      running = false;
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      child.once('close', () => resolve(how));
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, LAST_OUTPUT_MS).unref();
    });
  });
  return {
    /** How it ended, in words; resolves when its last output has been passed on. */
    ended,
    get running() {
      return running;
    },
    /** Its last lines. */
    tail: () => tail.join('\n'),
    terminate: () => {
      if (running) child.kill('SIGTERM');
    },
    /** Ends it at once, together with what it started in its own process group. */
    kill: () => {
      if (running && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}
