import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StorageUnavailable } from '../src/storage/errors.js';
import { type ApiServer, startApi, TOKEN } from './api-server.js';

type Line = Record<string, unknown> & { level: number; msg: string };
const INFO = 30;
const DEBUG = 20;

let api: ApiServer;
let lines: Line[];
let text: string;
beforeEach(async () => {
  lines = [];
  text = '';
  const log = (line: string) => {
    text += line;
    lines.push(JSON.parse(line));
  };
  api = await startApi({ LOG_LEVEL: 'trace', RATE_LIMIT_PER_MINUTE: '0' }, { log });
});
afterEach(() => api.close());

/** The line of a request, which is written when its answer has left: that may be after it was read here. */
async function lineOf(requestId: string | null): Promise<Line> {
  for (;;) {
    const line = lines.find((candidate) => candidate.msg === 'request' && candidate.requestId === requestId);
    if (line) return line;
    await new Promise(setImmediate);
  }
}

const idOf = ({ headers }: { headers: Headers }) => headers.get('x-request-id');

describe('the log of requests', () => {
  it('has a line for each: what was asked, by whom, and how it ended', async () => {
    const answer = await api.get('/tasks?q=private', { headers: { 'X-Request-Id': 'mine-1' } });
    expect(answer.status).toBe(200);
    expect(await lineOf('mine-1')).toEqual({
      level: INFO,
      time: expect.any(Number),
      pid: process.pid,
      hostname: expect.any(String),
      name: 'api',
      requestId: 'mine-1',
      method: 'GET',
      path: '/tasks',
      status: 200,
      ms: expect.any(Number),
      actor: 'WORKER_TOKEN',
      role: 'admin',
      msg: 'request',
    });
  });

  it('names the task that a call is about, or that it made', async () => {
    const submitted = await api.post('/tasks', { command: 'true' });
    const { taskId } = submitted.body;
    const waited = await api.post('/tasks?wait=1', { command: 'true' });
    const read = await api.get(`/tasks/${taskId}`);
    const cancelled = await api.post(`/tasks/${taskId}/cancel`);
    const refused = await api.post('/worker/result', { taskId, exitCode: 0 });
    expect(refused.status).toBe(409);
    for (const answer of [submitted, read, cancelled, refused]) {
      expect((await lineOf(idOf(answer))).taskId).toBe(taskId);
    }
    expect((await lineOf(idOf(waited))).taskId).toBe(waited.body.taskId);
    expect(await lineOf(idOf(await api.get('/tasks/no-id')))).not.toHaveProperty('taskId');
  });

  it('keeps what machines ask all the time for debug', async () => {
    const quiet = [
      await api.get('/worker/poll?wait=0'),
      await api.get('/health/live'),
      await api.get('/metrics'),
      await api.get('/docs-json'),
    ];
    for (const answer of quiet) expect((await lineOf(idOf(answer))).level).toBe(DEBUG);
    const told = [await api.get('/tasks'), await api.get('/nowhere'), await api.get('/tasks', { token: null })];
    for (const answer of told) expect((await lineOf(idOf(answer))).level).toBe(INFO);
    expect(await lineOf(idOf(told[2] as { headers: Headers }))).not.toHaveProperty('actor');
  });

  it('follows a task from hand to hand', async () => {
    const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
    const polled = await api.get('/worker/poll?wait=0');
    const reported = await api.post('/worker/result', { taskId, exitCode: 0 });
    const about = lines.filter((line) => line.taskId === taskId && line.msg !== 'request');
    expect(about).toEqual([
      expect.objectContaining({ msg: 'task handed out', attempt: 1, level: DEBUG, requestId: idOf(polled) }),
      expect.objectContaining({ msg: 'task reported', outcome: 'completed', level: DEBUG, requestId: idOf(reported) }),
    ]);
  });

  it('says that a caller left', async () => {
    const caller = connect(Number(new URL(api.url).port), '127.0.0.1');
    const headers = `Host: api\r\nAuthorization: Bearer ${TOKEN}\r\nX-Request-Id: left`;
    caller.write(`GET /worker/poll?wait=60000 HTTP/1.1\r\n${headers}\r\n\r\n`);
    while ((await api.get('/health')).body.workers === 0) await new Promise(setImmediate);
    caller.destroy();
    expect(await lineOf('left')).toMatchObject({ status: 499, path: '/worker/poll' });
  });
});

describe('the whole log, at every level', () => {
  const ENV_VALUE = 'value-of-a-variable-7f3a';
  const STDIN = 'standard-input-9b2c';
  const CONTENT = 'content-of-a-file-4d1e';
  const OUTPUT = 'output-of-a-task-6a8b';
  const WRONG = `ocw_${'Zz9'.repeat(12)}`;

  it('shows no token, no variable, no standard input, no content and no output', async () => {
    const client = (await api.post('/tokens', { name: 'ci', role: 'client' })).body;
    const sent = { token: client.token as string };
    const secret = { command: 'true', env: { NAME: ENV_VALUE }, stdin: STDIN };
    const file = { path: '/tmp/x', content: CONTENT };
    const edit = { path: '/tmp/x', old_string: CONTENT, new_string: CONTENT };
    const bodies: [string, unknown][] = [
      ['/tasks', secret],
      ['/tasks', { ...secret, surplus: STDIN }],
      ['/tasks', { ...secret, timeout: STDIN }],
      ['/tasks', { ...secret, env: { NAME: { deep: ENV_VALUE } } }],
      ['/tasks/batch', { tasks: [secret, { ...secret, type: CONTENT }] }],
      ['/files/write', file],
      ['/files/write', { ...file, encoding: 'base64' }],
      ['/files/edit', edit],
      ['/files/edit', { ...edit, replace_all: CONTENT }],
      ['/schedules', { name: 'nightly', cron: '0 2 * * *', task: secret }],
      ['/schedules', { name: 'nightly', cron: CONTENT, task: secret }],
      ['/nothing', secret],
    ];
    for (const [path, body] of bodies) {
      await api.post(path, body, sent);
      await api.post(path, body, { token: WRONG });
      await api.post(path, body, { headers: { 'Idempotency-Key': 'same' } });
    }
    await api.call('POST', '/tasks', { ...sent, raw: `{"stdin":"${STDIN}` });
    await api.call('POST', '/tasks', {
      ...sent,
      raw: JSON.stringify(secret),
      headers: { 'Content-Type': 'text/plain' },
    });
    await api.get(`/tasks?q=${STDIN}&token=${client.token}`, sent);
    await api.get(`/tasks/${client.token}`, sent);
    await api.get(`/${TOKEN}/${encodeURIComponent(WRONG)}`);
    await api.get('/audit', sent);
    for (;;) {
      const task = (await api.get('/worker/poll?wait=0')).body;
      if (task === null) break;
      const report = { taskId: task.id, stdout: OUTPUT, stderr: OUTPUT, exitCode: 1, error: OUTPUT };
      await api.post('/worker/result', report);
      await api.post('/worker/result', { ...report, attempt: 7 });
      await api.post('/worker/result', { ...report, metadata: OUTPUT });
    }
    await api.post(`/tokens/${client.id}/rotate`, {});
    await api.call('DELETE', `/tokens/${client.id}`);

    // A failure of the server's own whose error knows all of it.
    const known = { token: client.token, task: { input: { variables: { NAME: ENV_VALUE }, bulky: { stdin: STDIN } } } };
    const { submit } = api.storage.tasks;
    api.storage.tasks.submit = () => Promise.reject(Object.assign(new Error(`bug at ${TOKEN}`), known));
    const broken = await api.post('/tasks', secret, { token: TOKEN });
    api.storage.tasks.submit = () => Promise.reject(new StorageUnavailable(`no write of {"content":"${CONTENT}"}`));
    const away = await api.post('/files/write', file);
    api.storage.tasks.submit = submit;
    expect([broken.status, away.status]).toEqual([500, 503]);
    await lineOf(idOf(away));

    expect(lines.length).toBeGreaterThan(80);
    expect(text).toContain('bug at [redacted]');
    const secrets = { TOKEN, client: client.token, WRONG, ENV_VALUE, STDIN, CONTENT, OUTPUT };
    const shown = Object.entries(secrets).filter(([, value]) => text.includes(value));
    expect(shown).toEqual([]);
  });
});
