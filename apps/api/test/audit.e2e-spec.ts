import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SYSTEM } from '../src/domain/actor.js';
import { StorageFull } from '../src/storage/errors.js';
import { SystemClock } from '../src/system-clock.js';
import { type ApiServer, startApi, TOKEN } from './api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const submit = async (command: string) => (await api.post('/tasks', { command })).body.taskId as string;
const found = async (query: string) => {
  const { status, body } = await api.get(`/audit?${query}`);
  expect(status).toBe(200);
  return body.items;
};
const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('GET /audit', () => {
  it('tells who ran what, newest first', async () => {
    const taskId = await submit('echo first-command');
    const [entry] = await found('q=first-command');
    expect(entry).toEqual({
      seq: expect.any(Number),
      at: expect.any(Number),
      actor: { id: 'environment', name: 'WORKER_TOKEN', role: 'admin' },
      ip: '127.0.0.1',
      userAgent: 'node',
      requestId: expect.any(String),
      action: 'task.submitted',
      target: null,
      taskId,
      outcome: 'success',
      detail: expect.objectContaining({ command: 'echo first-command' }),
      prevHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('takes each filter, and all of them together', async () => {
    const before = Date.now();
    const taskId = await submit('echo filtered');
    const own = `taskId=${taskId.toUpperCase()}`;
    for (const query of [
      own,
      `${own}&action=task.submitted`,
      `${own}&actor=environment`,
      `${own}&actor=WORKER_TOKEN`,
      `${own}&outcome=success`,
      `${own}&from=${before}&to=${Date.now() + 1000}`,
      `${own}&q=FILTERED%20echo`,
    ]) {
      expect(await found(query)).toMatchObject([{ taskId }]);
    }
    for (const query of [
      'action=task.lost',
      'actor=nobody',
      'outcome=failure',
      'q=nowhere-at-all',
      `to=${before - 1}`,
    ]) {
      expect(await found(`${own}&${query}`)).toEqual([]);
    }
  });

  it('pages by a cursor', async () => {
    for (const name of ['a', 'b', 'c']) await submit(`echo paged ${name}`);
    const first = (await api.get('/audit?q=paged&action=task.submitted&limit=2')).body;
    expect(first.items).toHaveLength(2);
    await submit('echo paged d');
    const second = (await api.get(`/audit?q=paged&action=task.submitted&limit=2&cursor=${first.nextCursor}`)).body;
    expect(second.items.map(({ detail }: { detail: { command: string } }) => detail.command)).toEqual(['echo paged a']);
    expect(second.nextCursor).toBeNull();
  });

  it.each([
    ['action', 'action=task.exploded', /action=task.submitted/],
    ['outcome', 'outcome=maybe', /success, failure, denied/],
    ['from', 'from=yesterday', /from=\d+/],
    ['to', 'to=-1', /to=\d+/],
    ['taskId', 'taskId=7', /UUID/],
    ['actor', 'actor=', /actor=laptop/],
    ['q', 'q=', /q=deploy/],
    ['q', 'q=%22-*%22', /letter or a digit/],
    ['q', 'q=a&q=b', /q=deploy/],
    ['limit', 'limit=0', /1 to 200/],
    ['cursor', 'cursor=x', /nextCursor/],
    ['since', 'since=1', /not a field/],
  ])('refuses a bad %s: %s', async (field, query, message) => {
    for (const path of ['/audit', '/audit/export']) {
      const { status, body } = await api.get(`${path}?${query}`);
      expect({ status, code: body.code, field: body.errors?.[0].field }).toEqual({
        status: 400,
        code: 'validation_failed',
        field,
      });
      if (path === '/audit') expect(body.detail).toMatch(message);
    }
  });

  it.each(['NEAR(', '"', 'a*', 'audit_search:x', 'x OR y', "'; --", 'task^2', '{a b}:c'])(
    'takes %j as words, never as a query',
    async (text) => {
      expect(await api.get(`/audit?q=${encodeURIComponent(`${text} 1`)}`)).toMatchObject({ status: 200 });
    },
  );

  it('is in the audit itself, with what was asked', async () => {
    await found('action=task.completed&q=secret-hunt');
    const [entry] = await found('action=audit.read&q=hunt');
    expect(entry).toMatchObject({
      target: '/audit',
      actor: { name: 'WORKER_TOKEN' },
      detail: { filters: { action: 'task.completed', q: 'secret-hunt' }, count: 0 },
    });
  });

  it('is for admins and viewers', async () => {
    const tokenOf = async (role: string) => (await api.post('/tokens', { name: `a ${role}`, role })).body.token;
    for (const [role, status] of [
      ['viewer', 200],
      ['client', 403],
      ['worker', 403],
    ] as const) {
      const token = await tokenOf(role);
      for (const path of ['/audit', '/audit/verify', '/audit/export']) {
        expect((await api.get(path, { token })).status).toBe(status);
      }
    }
  });

  it('answers nothing when the reading cannot be recorded', async () => {
    const { record } = api.storage.audit;
    api.storage.audit.record = () => Promise.reject(new StorageFull());
    try {
      for (const path of ['/audit', '/audit/verify', '/audit/export']) {
        expect(await api.get(path)).toMatchObject({ status: 507, body: { code: 'storage_full' } });
      }
    } finally {
      api.storage.audit.record = record;
    }
  });
});

describe('GET /audit/verify', () => {
  it('finds the chain whole, and is an entry of it', async () => {
    const { body } = await api.get('/audit/verify');
    expect(body).toEqual({
      ok: true,
      entries: body.lastSeq,
      firstSeq: 1,
      lastSeq: expect.any(Number),
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const [entry] = await found('action=audit.read&limit=1');
    expect(entry).toMatchObject({
      target: '/audit/verify',
      prevHash: body.head,
      detail: { ok: true, entries: body.entries, lastSeq: body.lastSeq },
    });
  });

  it('takes no parameters', async () => {
    expect(await api.get('/audit/verify?from=1')).toMatchObject({ status: 400 });
  });

  it('tells that there is nothing', async () => {
    const empty = await startApi();
    const { body } = await empty.get('/audit/verify');
    expect(body).toEqual({ ok: true, entries: 0, firstSeq: null, lastSeq: null, head: null });
    await empty.close();
  });
});

describe('GET /audit/export', () => {
  it('streams all entries as they were listed, oldest first', async () => {
    const listed = (await api.get('/audit?limit=200')).body.items;
    const { headers, body } = await api.get('/audit/export');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const lines = linesOf(body);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.slice(-listed.length - 1, -1)).toEqual(listed.toReversed().slice(-lines.length));
  });

  it('keeps to the filters, and says at its end how many there were', async () => {
    await submit('echo carried-out');
    const lines = linesOf((await api.get('/audit/export?q=carried-out&action=task.submitted')).body);
    expect(lines).toMatchObject([{ action: 'task.submitted', detail: { command: 'echo carried-out' } }]);
    const filters = { action: 'task.submitted', q: 'carried-out' };
    expect(await found('action=audit.exported&q=carried-out')).toMatchObject([
      { detail: { filters, count: 1, complete: true } },
      { detail: { filters } },
    ]);
  });

  it('sends no more than is read, and ends when its reader leaves', async () => {
    const now = new SystemClock().now();
    const detail = { prompt: 'x'.repeat(1_000_000) };
    for (let n = 0; n < 60; n++) {
      const event = { action: 'task.submitted', target: 'bulky', taskId: null, outcome: 'success', detail } as const;
      await api.storage.audit.record(event, SYSTEM, now);
    }
    const { page, record } = api.storage.audit;
    let pages = 0;
    api.storage.audit.page = (...args) => {
      pages++;
      return page.apply(api.storage.audit, args);
    };
    const ended = new Promise<Record<string, unknown>>((resolve) => {
      api.storage.audit.record = (event, ...rest) => {
        if ('complete' in event.detail) resolve(event.detail);
        return record.call(api.storage.audit, event, ...rest);
      };
    });
    try {
      const call = request(`${api.url}/audit/export?q=bulky`, { headers: { Authorization: `Bearer ${TOKEN}` } });
      call.end();
      call.once('response', (response) => {
        response.on('error', () => undefined);
        // One piece is read, and no more: the server must stop at what the sockets between take.
        response.once('data', () => {
          response.pause();
          call.destroy();
        });
      });
      call.on('error', () => undefined);
      expect(await ended).toMatchObject({ complete: false });
      expect(pages).toBeLessThan(8);
    } finally {
      Object.assign(api.storage.audit, { page, record });
    }
  });
});
