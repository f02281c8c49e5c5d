import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.mjs';
import { explain } from './explain.mjs';

const RETRY_MS = 100;
const REQUEST_MS = 5000;
const LIMIT_MS = 60_000;

/**
 * Rejects with a Failure when the API could not listen. Asked beforehand: another server on the port would answer that
 * it is ready, and the worker would be handed to it.
 * @param {{ host: string, port: number }} address
 */
export async function requireFreePort({ host, port }) {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw new Failure(explain(error.message, { host, port }) ?? `The API cannot listen: ${error.message}.`);
  }
  server.close();
  await once(server, 'close');
}

/**
 * Resolves once the API says that it is ready.
 * @param {string} url
 * @param {AbortSignal} signal
 */
export function apiReady(url, signal) {
  return until(async () => (await request(`${url}/health/ready`, signal)).status === 200, 'The API', signal);
}

/**
 * Resolves once the API knows of a worker.
 * @param {string} url
 * @param {AbortSignal} signal
 */
export function workerSeen(url, signal) {
  const asked = async () => {
    const { status, body } = await request(`${url}/health`, signal);
    return status === 200 && JSON.parse(body).workers >= 1;
  };
  return until(asked, 'The worker', signal);
}

/**
 * @param {() => Promise<boolean>} condition
 * @param {string} subject
 * @param {AbortSignal} signal
 */
async function until(condition, subject, signal) {
  const limit = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Failure(`${subject} was not ready after ${LIMIT_MS / 1000} s.`);
    await delay(RETRY_MS, undefined, { signal });
  }
}

/**
 * Asks directly: an agent of its own keeps clear of the proxies of the environment.
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<{ status: number, body: string }>} status 0 while nothing answers
 */
async function request(url, signal) {
  try {
    const asking = get(url, { agent: new Agent(), signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) });
    const [response] = await once(asking, 'response');
    return { status: response.statusCode, body: Buffer.concat(await response.toArray()).toString() };
  } catch {
    signal.throwIfAborted();
    return { status: 0, body: '' };
  }
}
