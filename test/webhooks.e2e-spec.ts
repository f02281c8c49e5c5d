import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Received, Receiver } from '../apps/api/test/receiver.js';
import { selfSigned } from './certificate.js';
import { Ocw } from './ocw.js';
import { Installation, ROOT } from './programs.js';

const ALLOWED = { WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1' };

let here: Installation;
let receiver: Receiver;
beforeEach(async () => {
  here = new Installation();
  receiver = await Receiver.listen();
});
afterEach(async () => {
  await here.end();
  await receiver.close();
});

/** The newest delivery of a webhook, once it was attempted. */
async function firstAttempt(webhookId: string) {
  for (;;) {
    const [delivery] = (await here.call('GET', `/webhooks/${webhookId}/deliveries`)).items;
    if (delivery?.attempts > 0) return delivery;
  }
}

describe('a message', () => {
  it('is sent after a kill between the commit and the delivery, under the same id', async () => {
    const api = await here.startApi(ALLOWED);
    const { id, secret } = await here.call('POST', '/webhooks', { url: receiver.url });
    // The receiver has it and says nothing: for the server it is under way when it dies.
    receiver.answer = () => undefined;
    const { taskId } = await here.call('POST', '/tasks', { command: 'true' });
    await here.call('POST', `/tasks/${taskId}/cancel`, {});
    await receiver.first(1);
    await api.end('SIGKILL');
    receiver.answerStatus(204);
    await here.startApi(ALLOWED);
    const [before, after] = (await receiver.first(2)) as [Received, Received];
    expect(after.headers['webhook-id']).toBe(before.headers['webhook-id']);
    expect(after.body).toBe(before.body);
    expect(new Webhook(secret).verify(after.body, after.headers)).toMatchObject({
      type: 'task.cancelled',
      data: { taskId },
    });
    const { items } = await here.call('GET', `/webhooks/${id}/deliveries`);
    expect(items).toHaveLength(1);
  });

  it('does not keep the server from stopping, and is sent by the next start', async () => {
    const api = await here.startApi(ALLOWED);
    receiver.answer = () => undefined;
    const { taskId } = await here.call('POST', '/tasks', { command: 'true', webhook: receiver.url });
    await here.call('POST', `/tasks/${taskId}/cancel`, {});
    await receiver.first(1);
    expect(await api.end('SIGTERM')).toMatchObject({ code: 0 });
    receiver.answerStatus(204);
    await here.startApi(ALLOWED);
    const [before, after] = (await receiver.first(2)) as [Received, Received];
    expect(after.body).toBe(before.body);
  });

  it('is not sent to this machine unless the operator says so', async () => {
    await here.startApi();
    const { taskId } = await here.call('POST', '/tasks', { command: 'true', webhook: receiver.url });
    await here.call('POST', `/tasks/${taskId}/cancel`, {});
    for (;;) {
      const { items } = await here.call('GET', '/webhooks/deliveries');
      if (items[0]?.attempts === 0) continue;
      expect(items[0]).toMatchObject({
        state: 'pending',
        error: expect.stringMatching(/^127\.0\.0\.1 is not a public address/),
      });
      break;
    }
    expect(receiver.received).toEqual([]);
  });
});

describe('a receiver by https', () => {
  it('is sent to when its certificate is trusted, and told nothing otherwise', async () => {
    const trusted = selfSigned('localhost', here.folder, '2');
    const unknown = selfSigned('localhost', here.folder, '3');
    const [known, stranger] = await Promise.all([Receiver.listen(trusted), Receiver.listen(unknown)]);
    await here.startApi({ WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1,::1', NODE_EXTRA_CA_CERTS: trusted.file });
    const { id, secret } = await here.call('POST', '/webhooks', { url: known.url });
    const { id: other } = await here.call('POST', '/webhooks', { url: stranger.url });
    const { taskId } = await here.call('POST', '/tasks', { command: 'true' });
    await here.call('POST', `/tasks/${taskId}/cancel`, {});
    const [{ body, headers }] = (await known.first(1)) as [Received];
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'task.cancelled', data: { taskId } });
    expect(await firstAttempt(id)).toMatchObject({ state: 'delivered' });
    expect(await firstAttempt(other)).toMatchObject({ state: 'pending', error: 'self-signed certificate' });
    expect(stranger.received).toEqual([]);
    await Promise.all([known.close(), stranger.close()]);
  });
});

describe('examples/webhook-receiver', () => {
  it('verifies what it gets and handles each message once', async () => {
    await here.startApi(ALLOWED);
    // Its secret is known before it starts, its address only then.
    const { id, secret } = await here.call('POST', '/webhooks', { url: receiver.url });
    const script = join(ROOT, 'examples/webhook-receiver/receiver.mjs');
    const env = { PATH: process.env.PATH, WEBHOOK_SECRET: secret, PORT: '0' };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => String((await lines.next()).value);
    const url = (await nextLine()).replace('listening on ', '');
    await here.call('PATCH', `/webhooks/${id}`, { url });

    const { taskId } = await here.call('POST', '/tasks', { command: 'true' });
    await here.call('POST', `/tasks/${taskId}/cancel`, {});
    expect(await nextLine()).toBe(`task.cancelled ${taskId}`);
    const first = await firstAttempt(id);
    expect(first).toMatchObject({ state: 'delivered', responseStatus: 204 });
    await here.call('POST', `/webhooks/deliveries/${first.id}/resend`, {});
    expect(await firstAttempt(id)).toMatchObject({ state: 'delivered' });

    const forged = { method: 'POST', body: '{"type":"task.completed","data":{}}' };
    const headers = { 'webhook-id': '1', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) };
    expect((await fetch(url, forged)).status).toBe(401);
    expect((await fetch(url, { ...forged, headers: { ...headers, 'webhook-signature': 'v1,AAAA' } })).status).toBe(401);
    expect((await fetch(url, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413);
    expect((await fetch(url)).status).toBe(405);
    // The repeat and the forgeries have left no line: the next message is the next line.
    await here.call('POST', `/webhooks/${id}/test`, {});
    expect(await nextLine()).toBe(`ping ${id}`);
    child.kill();
    await once(child, 'exit');
  });

  it('says what it needs', async () => {
    const script = join(ROOT, 'examples/webhook-receiver/receiver.mjs');
    const child = spawn(process.execPath, [script], { env: { PATH: process.env.PATH }, stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});

describe('ocw webhooks', () => {
  it('makes, changes, pauses, tries out and removes webhooks, and sends again what was sent', async () => {
    await here.startApi(ALLOWED);
    const cli = new Ocw(here);
    expect((await cli.run(['webhooks'])).stdout).toMatch(/^There are no standing webhooks: ocw webhooks add URL/);
    const made = await cli.run(['webhooks', 'add', receiver.url, '--event', 'task.failed', '--description', 'deploys']);
    const first = made.stdout.trim();
    expect(first).toMatch(/^whsec_/);
    expect(made.stderr).toMatch(/^ocw: the secret of the webhook [0-9a-f-]{36} is shown this once:\n$/);
    expect((await cli.run(['webhooks', 'ls'])).stdout).toMatch(/on +task\.failed +deploys +http:/);
    const wrong = await cli.run(['webhooks', 'update', 'deploys', '--event', 'task.begun']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/Allowed choices are task\.completed/)]);
    expect((await cli.run(['webhooks', 'update', 'deploys'])).stderr).toMatch(/say what to change/);
    const changed = await cli.run(['webhooks', 'update', 'deploys', '--event', 'task.*', '--event', 'worker.*']);
    expect(changed.stdout).toMatch(/events +task\.\* worker\.\*/);

    const tested = await cli.run(['webhooks', 'test', 'deploys']);
    expect([tested.code, tested.stdout]).toEqual([
      0,
      expect.stringMatching(/^[0-9a-f-]{36} delivered: answered 204\n$/),
    ]);
    const [{ body, headers }] = (await receiver.first(1)) as [Received];
    expect(() => new Webhook(first).verify(body, headers)).not.toThrow();
    receiver.answerStatus(500);
    const [id = ''] = tested.stdout.split(' ');
    const again = await cli.run(['webhooks', 'resend', id]);
    expect([again.code, again.stdout]).toEqual([1, expect.stringMatching(/pending: it answered 500; again at /)]);
    expect((await cli.run(['webhooks', 'deliveries', 'deploys'])).stdout).toMatch(/ping +pending +1 +it answered 500/);
    expect(await cli.json(['webhooks', 'deliveries', '--state', 'failed'])).toEqual([]);

    const rotated = (await cli.run(['webhooks', 'rotate', 'deploys', '--grace', '1h'])).stdout.trim();
    expect(rotated).toMatch(/^whsec_/);
    expect((await cli.run(['webhooks', 'pause', 'deploys'])).stdout).toMatch(/state +paused/);
    expect((await cli.run(['webhooks', 'resume', 'deploys'])).code).toBe(0);
    expect((await cli.run(['webhooks', 'rm', 'deploys'])).stdout).toMatch(/is removed, with what waited for it\.\n$/);
    expect(await cli.run(['webhooks', 'rm', 'deploys'])).toMatchObject({ code: 2 });
  });

  it('has the end of a task told, under the secret of tasks', async () => {
    await here.startApi(ALLOWED);
    await here.startWorker();
    const cli = new Ocw(here);
    const secret = (await cli.run(['webhooks', 'rotate'])).stdout.trim();
    expect(await cli.run(['run', '--webhook', receiver.url, '--', 'echo', 'hello'])).toMatchObject({
      stdout: 'hello\n',
    });
    const [{ body, headers }] = (await receiver.first(1)) as [Received];
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      type: 'task.completed',
      data: { stdout: 'hello\n' },
    });
    const refused = await cli.run(['run', '--webhook', 'nonsense', '-d', 'true']);
    expect(refused.stderr).toMatch(/webhook must be an http or https URL/);
  });
});
