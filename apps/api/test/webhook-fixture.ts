import { afterEach, beforeEach } from '@jest/globals';
import type { Clock } from '../src/domain/clock.js';
import { Deliverer } from '../src/webhooks/deliverer.js';
import { type ApiServer, startApi } from './api-server.js';
import { Receiver } from './receiver.js';

export const SECOND = 1000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The real time, which a test puts forward. */
class ShiftedClock implements Clock {
  private ahead = 0;

  now() {
    return { wall: Date.now() + this.ahead, monotonic: performance.now() + this.ahead };
  }

  advance(ms: number): void {
    this.ahead += ms;
  }
}

/** For each test anew: a server that may call this machine, a receiver, and the lines of the log. */
export let api: ApiServer;
export let receiver: Receiver;
export let clock: ShiftedClock;
export const lines: string[] = [];
beforeEach(async () => {
  lines.length = 0;
  clock = new ShiftedClock();
  receiver = await Receiver.listen();
  const log = (line: string) => lines.push(line);
  api = await startApi({ WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1', RETENTION_DAYS: '30' }, { log, clock });
});
afterEach(async () => {
  await api.close();
  await receiver.close();
});

export const create = async (change: object = {}) =>
  (await api.post('/webhooks', { url: receiver.url, ...change })).body;
export const deliveriesOf = async (id: string) => (await api.get(`/webhooks/${id}/deliveries`)).body.items;
export const auditOf = async (action: string) => (await api.get(`/audit?action=${action}`)).body.items;

/** Runs a task to its end as a simple worker does. */
export async function run(task: object, result: object = { exitCode: 0 }): Promise<string> {
  const { body } = await api.post('/tasks', { command: 'true', ...task });
  await api.get('/worker/poll?wait=0');
  const reported = await api.post('/worker/result', { taskId: body.taskId, ...result });
  if (reported.status !== 200) throw new Error(`the report was answered ${reported.status}`);
  return body.taskId;
}

/** What became of a delivery once it has had `attempts`. */
export async function tried(id: string, attempts: number) {
  for (;;) {
    const { body } = await api.get(`/webhooks/deliveries/${id}`);
    if (body.attempts >= attempts) return body;
    await new Promise(setImmediate);
  }
}

/** Has the server look for what is due. */
export const look = () => void api.app.get(Deliverer).look();
