import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TOKEN } from '../programs.js';
import { DiscordInstallation } from './discord-installation.js';
import { type FakeDiscord } from './fake-discord.js';
import type { Person } from './interaction.js';
import { ALICE, BOT_TOKEN, CHANNEL } from './world.js';

const ROLE = '1180000000000000301';
const ELSEWHERE = '1180000000000000002';
const TEXT_CHANNEL = 0;
const PUBLIC_THREAD = 11;
const MALLORY: Person = { id: '1180000000000000666', username: 'mallory', roles: ['1180000000000000399'] };
const BOB: Person = { id: '1180000000000000102', username: 'bob', roles: [ROLE] };
const MINUTE = 60;

let installation: DiscordInstallation;
let discord: FakeDiscord;
beforeAll(async () => {
  installation = await DiscordInstallation.start({
    DISCORD_ALLOWED_ROLES: ROLE,
    DISCORD_ALLOWED_CHANNELS: CHANNEL,
  });
  await installation.startWorker();
  ({ discord } = installation);
});
afterAll(() => installation.end());
afterEach(() => expect(discord.takeViolations()).toEqual([]));

const call = (method: string, path: string) => installation.here.call(method, path);
const howMany = async () => (await call('GET', '/tasks?limit=200')).items.length;
const seconds = (ahead: number) => String(Math.floor(Date.now() / 1000) + ahead);
const command = (text: string) => ({
  id: '1',
  type: 1,
  name: 'run',
  options: [{ name: 'command', type: 3, value: text }],
});
const body = (text = 'true') => JSON.stringify(discord.interaction(2, command(text)));

describe('a call that is not signed as Discord does it', () => {
  const other = 'ab'.repeat(64);

  it.each<[string, () => Promise<Response>]>([
    ['without a signature', () => discord.deliver(body(), { signature: '' })],
    ['by another key', () => discord.deliver(body(), { signature: other })],
    ['with a signature of something else', () => discord.deliver(body(), { signature: 'nonsense' })],
    ['of more than five minutes ago', () => discord.deliver(body(), { timestamp: seconds(-6 * MINUTE) })],
    ['of more than five minutes from now', () => discord.deliver(body(), { timestamp: seconds(6 * MINUTE) })],
    ['at no time', () => discord.deliver(body(), { timestamp: 'noon' })],
    ['with a token of the server instead', () => withToken()],
  ])('%s is answered 401, and runs nothing', async (_, send) => {
    const before = await howMany();
    const response = await send();
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unauthorized' });
    expect(await howMany()).toBe(before);
  });

  const withToken = () =>
    fetch(`${installation.here.url}/discord/interactions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: body(),
    });

  it('is in the audit', async () => {
    const { items } = await call('GET', '/audit?action=auth.failed');
    expect(items[0]).toMatchObject({ target: 'POST /discord/interactions', outcome: 'denied' });
  });

  it('is not read beyond what an interaction takes', async () => {
    expect((await discord.deliver(`"${'x'.repeat(300_000)}"`)).status).toBe(413);
  });

  it('is refused when it is not an interaction, or one of another application', async () => {
    expect((await discord.deliver('nonsense')).status).toBe(400);
    expect((await discord.deliver('{"type":1}')).status).toBe(400);
    const foreign = { ...discord.interaction(2, command('true')), application_id: '1180000000000000099' };
    expect((await discord.deliver(JSON.stringify(foreign))).status).toBe(400);
  });
});

describe('an interaction that is repeated', () => {
  it('is refused byte for byte, and runs once', async () => {
    const before = await howMany();
    const repeated = body('echo once');
    const timestamp = seconds(0);
    expect((await discord.deliver(repeated, { timestamp })).status).toBe(200);
    expect((await discord.deliver(repeated, { timestamp })).status).toBe(401);
    expect((await discord.deliver(repeated, { timestamp: seconds(1) })).status).toBe(401);
    expect(await howMany()).toBe(before + 1);
  });

  it('runs once as well when the server was restarted in between', async () => {
    const before = await howMany();
    const repeated = body('echo once more');
    expect((await discord.deliver(repeated)).status).toBe(200);
    await installation.restartApi();
    expect((await discord.deliver(repeated)).status).toBe(200);
    expect(await howMany()).toBe(before + 1);
  });
});

describe('who may act', () => {
  const thread = { id: '1180000000000000003', type: PUBLIC_THREAD, parent_id: CHANNEL };

  it.each([
    ['a listed user', { who: ALICE }],
    ['one with a listed role', { who: BOB }],
    ['one of them in a thread of a listed channel', { who: ALICE, where: thread }],
  ])('%s may', async (_, from) => {
    const sent = await discord.run('run', { command: 'echo allowed' }, from);
    expect(sent.response).toEqual({ type: 5 });
    expect((await sent.untilEnd()).content).toContain('allowed');
  });

  const refused: [string, object][] = [
    ['somebody else', { who: MALLORY }],
    ['somebody else, in a direct message', { who: MALLORY, direct: true }],
    ['a listed user elsewhere', { who: ALICE, where: { id: ELSEWHERE, type: TEXT_CHANNEL } }],
    [
      'a listed user in a channel of a group that is called as a channel is',
      { who: ALICE, where: { id: ELSEWHERE, type: TEXT_CHANNEL, parent_id: CHANNEL } },
    ],
    ['somebody with the name of a listed user', { who: { ...MALLORY, username: ALICE.username } }],
  ];

  it.each(refused)('%s may not: no command, button, form or completion', async (_, from) => {
    const task = await discord.run('run', { command: 'echo begun; exec sleep 600' });
    await task.until(({ content }) => content.includes('begun'));
    const id = task.buttons.Cancel?.split(':')[1];
    const before = await howMany();
    const attempts = [
      await discord.run('run', { command: 'touch stolen' }, from),
      await discord.run('cancel', { task: id }, from),
      await discord.run('status', { task: id }, from),
      await discord.press(`cancel:${id}`, from),
      await discord.press(`again:${id}`, from),
      await discord.press(`output:${id}`, from),
      await discord.press(`continue:${id}`, from),
      await discord.fill(`prompt:${id}`, { prompt: 'hello' }, from),
      await discord.fill('write:mac', { path: '~/stolen', content: '' }, from),
    ];
    for (const { response } of attempts)
      expect(response).toMatchObject({ type: 4, data: { flags: 64, content: expect.stringMatching(/^You may not/) } });
    expect(await discord.complete('status', 'task', '', from)).toEqual([]);
    expect(await howMany()).toBe(before);
    expect((await call('GET', `/tasks/${id}`)).status).toBe('running');
    expect(readdirSync(installation.here.home)).not.toContain('stolen');
    await discord.press(task.buttons.Cancel ?? '');
    await task.untilEnd();
  });

  it('is in the audit when refused', async () => {
    const { items } = await call('GET', `/audit?action=auth.forbidden&actor=discord:${MALLORY.id}`);
    expect(items[0]).toMatchObject({ outcome: 'denied', actor: { role: 'client' } });
  });
});

describe('a custom id that somebody has made up', () => {
  it.each([
    'cancel:',
    'cancel:../../tokens',
    'cancel:0190b3c0-0000-7000-8000-000000000000',
    'output:0190b3c0-0000-7000-8000-000000000000',
    'continue:nothing',
    '__proto__:1',
    'constructor:1',
    'x'.repeat(100),
  ])('%s does nothing', async (customId) => {
    const before = await howMany();
    const { response } = await discord.press(customId);
    expect(response).toMatchObject({ type: 4, data: { flags: 64 } });
    expect((await discord.fill(customId, { prompt: 'x' })).response).toMatchObject({ type: 4, data: { flags: 64 } });
    expect(await howMany()).toBe(before);
  });

  it('of a form makes no task of another kind', async () => {
    const { taskId } = await installation.here.run('/tasks', { command: 'echo no conversation' });
    const { message } = await discord.fill(`prompt:${taskId}`, { prompt: 'hello' });
    expect(message?.content).toBe('This task is no conversation with Claude.');
  });
});

describe('a server', () => {
  it('without Discord has no such path', async () => {
    const other = new (await import('../programs.js')).Installation();
    await other.startApi();
    discord.endpoint = other.url;
    expect((await discord.deliver(body())).status).toBe(404);
    discord.endpoint = installation.here.url;
    await other.end();
  });

  it('where nobody is listed lets nobody act, and says so', async () => {
    const other = await DiscordInstallation.start({ DISCORD_ALLOWED_USERS: '' });
    const { response } = await other.discord.run('run', { command: 'true' });
    expect(response.data.content).toMatch(/^You may not/);
    await other.end();
  });
});

describe('a secret', () => {
  it('of Discord is in no log, no audit and no list of processes', async () => {
    const sent = await discord.run('run', { command: 'echo secretive' });
    await sent.untilEnd();
    const log = installation.log().join('\n');
    const audit = JSON.stringify(await call('GET', '/audit?limit=200'));
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(commandLine)
      .join('\n');
    expect(log).toContain('discord/interactions');
    for (const secret of [BOT_TOKEN, ...discord.tokens])
      for (const place of [log, audit, processes]) expect(place.includes(secret)).toBe(false);
  });

  const commandLine = (pid: string): string => {
    try {
      return readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
    } catch {
      return '';
    }
  };
});
