import { Pool } from 'undici';
import { TOKEN } from './processes.mjs';

/** JSON calls over connections that stay open. */
export class Client {
  constructor(url, connections = 128) {
    this.pool = new Pool(url, { connections, bodyTimeout: 0, headersTimeout: 0 });
    this.headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  }

  async call(method, path, body) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.pool.request({ method, path, headers: this.headers, body: sent });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** The answer while it arrives. */
  open = (path) => this.pool.request({ method: 'GET', path, headers: this.headers });
  get = (path) => this.call('GET', path);
  post = (path, body) => this.call('POST', path, body);
  close = () => this.pool.destroy();
}

/** A worker without processes: it takes up to `most` tasks with a poll, and reports all of them with one call. */
export class BatchWorker {
  constructor(client, n, most) {
    this.client = client;
    this.most = most;
    this.worker = { name: `bench-${n}`, id: `0199d4a8-7c3e-7b2a-8f64-${String(n).padStart(12, '0')}`, generation: 1 };
    this.over = false;
    this.line = this.work();
  }

  async work() {
    for (let seq = 1; !this.over; seq += 1) {
      const { tasks } = await this.client.post('/worker/poll', {
        worker: { ...this.worker, maxConcurrent: this.most },
        seq,
        max: this.most,
        running: [],
        wait: 1000,
      });
      if (tasks.length === 0) continue;
      const results = tasks.map(({ id, attempt }) => ({
        taskId: id,
        attempt,
        status: 'completed',
        exitCode: 0,
        stdout: '',
        stderr: '',
      }));
      await this.client.post('/worker/result', { results });
    }
  }

  stop() {
    this.over = true;
    return this.line;
  }
}

/** A worker that knows nothing but the two simplest calls. */
export class SimpleWorker {
  constructor(client) {
    this.client = client;
    this.over = false;
    this.line = this.work();
  }

  async work() {
    while (!this.over) {
      const task = await this.client.get('/worker/poll?wait=1000');
      if (task) await this.client.post('/worker/result', { taskId: task.id, exitCode: 0, stdout: '' });
    }
  }

  stop() {
    this.over = true;
    return this.line;
  }
}
