import { join } from 'node:path';
import { Failure } from '../failure.mjs';
import { explain } from './explain.mjs';
import { startProgram } from './program.mjs';
import { apiReady, requireFreePort, workerSeen } from './readiness.mjs';
import { apiEnvironment, workerEnvironment } from './settings.mjs';

/** How long after its own limit the API is given to end. */
const STOP_MARGIN_MS = 5000;

const SUBJECTS = { api: 'The API', worker: 'The worker' };

/** One run of both programs: started in order, ended in the opposite one. */
export class Session {
  #settings;
  #environments;
  #output;
  /** @type {import('./program.mjs').Program | undefined} */
  #api;
  /** @type {import('./program.mjs').Program | undefined} */
  #worker;
  #up = false;
  #stop = new AbortController();
  /** Whether it did not end in order. */
  killed = false;
  /** @type {(error: Error) => void} */
  #fail = () => undefined;

  /**
   * Resolves with what to report when a program cannot be started or ends by itself; never otherwise.
   * @type {Promise<Error>}
   */
  failed = new Promise((resolve) => {
    this.#fail = resolve;
  });

  /**
   * @param {import('./settings.mjs').Settings} settings
   * @param {NodeJS.ProcessEnv} env
   * @param {string} token
   * @param {import('./output.mjs').Output} output
   */
  constructor(settings, env, token, output) {
    this.#settings = settings;
    this.#environments = {
      api: apiEnvironment(env, settings, token),
      worker: workerEnvironment(env, settings, token),
    };
    this.#output = output;
  }

  /**
   * Starts the API and then, once that is ready, the worker.
   * @param {() => void} onUp called when both are up
   */
  async start(onUp) {
    const { url } = this.#settings;
    const { signal } = this.#stop;
    try {
      await requireFreePort(this.#settings);
      signal.throwIfAborted();
      this.#api = this.#run('api');
      await apiReady(url, signal);
      this.#worker = this.#run('worker');
      await workerSeen(url, signal);
      this.#up = true;
      onUp();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** @param {'api' | 'worker'} name */
  #run(name) {
    const program = startProgram({
      script: join(this.#settings.root, 'dist', 'apps', name, 'main.js'),
      cwd: this.#settings.root,
      env: this.#environments[name],
      onLine: (line) => this.#output.line(name, line),
    });
    program.ended.then((how) => {
      if (this.#stop.signal.aborted) return;
      const what = `${SUBJECTS[name]} ended ${this.#up ? 'by itself' : 'before it was ready'} (${how}); its last lines are above.`;
      const cause = explain(program.tail(), this.#settings);
      this.#fail(new Failure(cause === null ? what : `${what}\n${cause}`));
    });
    return program;
  }

  /** Ends the worker, which reports what it has finished, and then the API. Resolves when both are gone. */
  async stop() {
    this.#stop.abort();
    this.#worker?.terminate();
    await this.#worker?.ended;
    const api = this.#api;
    if (api === undefined) return;
    api.terminate();
    const limit = this.#settings.shutdownGraceMs + STOP_MARGIN_MS;
    const timer = setTimeout(() => {
      this.#output.notice(`The API did not end within ${limit / 1000} s and is killed.`);
      this.kill();
    }, limit);
    await api.ended;
    clearTimeout(timer);
  }

  /** Asks again: the worker then cancels what it runs. The API has to outlive it, to be told of that. */
  hurry() {
    (this.#worker?.running ? this.#worker : this.#api)?.terminate();
  }

  kill() {
    this.killed = true;
    this.#worker?.kill();
    this.#api?.kill();
  }
}
