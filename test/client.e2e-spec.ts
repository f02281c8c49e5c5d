import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OpenClawClient, RefusedError, UnreachableError } from '#client';
import { Random } from './chaos/random.js';
import { TcpProxy } from './chaos/tcp-proxy.js';
import { Installation, TOKEN } from './programs.js';

let here: Installation;
let network: TcpProxy;
let client: OpenClawClient;
beforeEach(async () => {
  here = new Installation();
  await here.startApi();
  network = await TcpProxy.open(() => Number(new URL(here.url).port), new Random(1));
  client = new OpenClawClient({ url: `${network.url}/`, token: TOKEN });
});
afterEach(async () => {
  await network.close();
  await here.end();
});

async function printed(taskId: string): Promise<string> {
  let text = '';
  for await (const { data } of client.tasks.output(taskId)) text += data;
  return text;
}

describe('the client', () => {
  it('runs a command and reads what it prints', async () => {
    await here.startWorker();
    const { taskId } = await client.tasks.submit({ command: 'for n in 1 2 3; do echo $n; done' });
    expect(await printed(taskId)).toBe('1\n2\n3\n');
    const record = await client.tasks.wait(taskId);
    expect(record).toMatchObject({ status: 'completed', exitCode: 0, stdout: '1\n2\n3\n' });
    expect((await client.tasks.list({ status: 'completed' })).items.map(({ id }) => id)).toEqual([taskId]);
    await client.tasks.remove(taskId);
    await expect(client.tasks.read(taskId)).rejects.toMatchObject({ status: 404, code: 'task_not_found' });
  });

  it('submits once and loses or repeats no chunk over a network that fails', async () => {
    await here.startWorker();
    network.weather = 'cut';
    const submitting = client.tasks.submit({ command: 'for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 0.1; done' });
    // At least one answer has been cut off by then.
    await network.nextCut();
    network.clear();
    const { taskId } = await submitting;
    const reading = printed(taskId);
    network.weather = 'cut';
    await network.nextCut();
    network.clear();
    expect(await reading).toBe('1\n2\n3\n4\n5\n6\n7\n8\n');
    expect((await client.tasks.list()).items).toHaveLength(1);
  });

  it('sends a large file and fetches one', async () => {
    await here.startWorker();
    const content = Buffer.alloc(3_000_000, 'ab');
    const { upload, size } = await client.tasks.upload(content);
    expect(size).toBe(content.length);
    mkdirSync(join(here.folder, 'in'));
    const path = join(here.folder, 'in', 'large');
    expect(await client.tasks.run({ type: 'file-write', path, upload })).toMatchObject({ status: 'completed' });
    writeFileSync(join(here.folder, 'in', 'small'), 'kept');
    const { taskId } = await client.tasks.run({ command: 'true', artifacts: [path] });
    const [artifact] = await client.tasks.artifacts(taskId);
    expect(artifact).toMatchObject({ name: 'large', size: content.length });
    const rest = await client.tasks.download(taskId, 'large', { from: content.length - 4 });
    expect(await rest.text()).toBe('abab');
  });

  it('tells what was refused, and why', async () => {
    const refused = await client.tasks.submit({ command: '' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({ status: 400, code: 'validation_failed', fields: [{ field: 'command' }] });
    const stranger = new OpenClawClient({ url: here.url, token: 'not-a-token-of-this-server' });
    await expect(stranger.workers.list()).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it('says that nobody answers once it has tried for long enough, and stops when it is told to', async () => {
    const patient = new OpenClawClient({ url: 'http://127.0.0.1:9', token: TOKEN });
    const hasty = new OpenClawClient({ url: 'http://127.0.0.1:9', token: TOKEN, retryFor: 0 });
    await expect(hasty.health()).rejects.toBeInstanceOf(UnreachableError);
    const stop = new AbortController();
    const asking = patient.tasks.list({}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });

  it('asks again when an answer breaks off in its middle', async () => {
    let broken = 0;
    const breaking: typeof fetch = async (...asked) => {
      const answer = await fetch(...asked);
      if (broken > 0) return answer;
      broken += 1;
      const half = (await answer.text()).slice(0, 5);
      const body = new ReadableStream({
        pull(controller) {
          controller.enqueue(new TextEncoder().encode(half));
          controller.error(new TypeError('terminated'));
        },
      });
      return new Response(body, { status: answer.status });
    };
    const unlucky = new OpenClawClient({ url: here.url, token: TOKEN, fetch: breaking });
    const { taskId } = await unlucky.tasks.submit({ command: 'true' });
    expect(broken).toBe(1);
    expect((await client.tasks.list()).items.map(({ id }) => id)).toEqual([taskId]);
    broken = 0;
    // Whether it was done is not known, and doing it again is not the same.
    await expect(unlucky.tokens.create({ name: 'phone', role: 'viewer' })).rejects.toBeInstanceOf(UnreachableError);
  });

  it('reads what a task has printed by now, however fast it prints, over a slow network', async () => {
    await here.startWorker();
    const slowly: typeof fetch = async (...asked) => {
      await delay(300);
      return fetch(...asked);
    };
    const far = new OpenClawClient({ url: here.url, token: TOKEN, fetch: slowly });
    const { taskId } = await client.tasks.submit({ command: 'while echo more; do sleep 0.02; done' });
    for await (const _ of client.tasks.output(taskId)) break;
    let text = '';
    for await (const { data } of far.tasks.output(taskId, { follow: false })) text += data;
    expect(text).toMatch(/^(more\n)+$/);
    await client.tasks.cancel(taskId);
  });

  it('hears of what changes, over a restart of the server', async () => {
    const stop = new AbortController();
    // The first entry of the audit is that of the server's start.
    const events = client.events({}, { after: '1', signal: stop.signal });
    const first = await client.tasks.submit({ command: 'true' });
    const heard = async () => (await events.next()).value;
    expect(await heard()).toMatchObject({ event: 'task', data: { id: first.taskId, status: 'pending' } });
    await here.restartApi();
    const second = await client.tasks.submit({ command: 'true' });
    expect(await heard()).toMatchObject({ event: 'task', data: { id: second.taskId } });
    const last = events.next();
    stop.abort(new Error('enough'));
    await expect(last).rejects.toThrow('enough');
  });

  it('reads and changes schedules, tokens, workers and the audit', async () => {
    const { id } = await client.schedules.create({ name: 'nightly', cron: '0 3 * * *', task: { command: 'true' } });
    expect(await client.schedules.change(id, { enabled: false })).toMatchObject({ enabled: false, nextFireAt: null });
    expect(await client.schedules.upcoming(id, 3)).toHaveLength(3);
    const { taskId } = await client.schedules.run(id);
    expect((await client.tasks.read(taskId)).schedule).toBe(id);
    const created = await client.tokens.create({ name: 'phone', role: 'viewer' });
    const viewer = new OpenClawClient({ url: here.url, token: created.token });
    await expect(viewer.schedules.remove(id)).rejects.toMatchObject({ status: 403 });
    const rotated = await client.tokens.rotate(created.id);
    expect(rotated.token).not.toBe(created.token);
    await client.tokens.revoke(created.id);
    expect(await client.tokens.list()).toEqual([]);
    expect(await client.workers.list()).toEqual([]);
    expect(await client.audit.verify()).toMatchObject({ ok: true });
    const { items } = await client.audit.list({ action: 'schedule.created' });
    expect(items.map(({ actor }) => actor.name)).toEqual(['WORKER_TOKEN']);
    const exported = await (await client.audit.export({ action: 'token.revoked' })).text();
    expect(exported.trim().split('\n')).toHaveLength(1);
  });
});
