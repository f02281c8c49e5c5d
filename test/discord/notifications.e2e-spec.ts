import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMANDS } from '#discord';
import { Ocw } from '../ocw.js';
import { Installation } from '../programs.js';
import { DiscordInstallation } from './discord-installation.js';
import { type FakeDiscord } from './fake-discord.js';
import { BOT_TOKEN, CHANNEL, GUILD } from './world.js';

let installation: DiscordInstallation;
let discord: FakeDiscord;
let cli: Ocw;
beforeAll(async () => {
  installation = await DiscordInstallation.start();
  await installation.startWorker();
  ({ discord } = installation);
  cli = new Ocw(installation.here);
});
afterAll(() => installation.end());
afterEach(() => expect(discord.takeViolations()).toEqual([]));

const call = (method: string, path: string, body?: unknown) => installation.here.call(method, path, body);
const NOWHERE = '1180000000000000404';

describe('POST /notify', () => {
  it('posts a message, which pings nobody, with an entry in the audit that does not hold it', async () => {
    const answer = await call('POST', '/notify', { channel: CHANNEL, message: 'The backup is done. @everyone' });
    const posted = discord.api.posted.at(-1);
    expect(posted).toMatchObject({ channel: CHANNEL, content: 'The backup is done. @everyone', files: [] });
    expect(answer).toEqual({ channel: CHANNEL, messageId: posted?.id });
    const { items } = await call('GET', '/audit?action=notification.sent');
    expect(items[0]).toMatchObject({ target: CHANNEL, detail: { messageId: posted?.id, content: { bytes: 29 } } });
    expect(JSON.stringify(items)).not.toContain('backup is done');
  });

  it('posts a long one with the whole of it as a file', async () => {
    const message = 'long '.repeat(1000);
    await call('POST', '/notify', { channel: CHANNEL, message });
    const { content, files } = discord.api.posted.at(-1) ?? { content: '', files: [] };
    expect(content).toHaveLength(2000);
    expect(files.map(({ name, data }) => [name, data.toString()])).toEqual([['message.txt', message]]);
  });

  it.each([
    ['a channel that the bot cannot write to', { channel: NOWHERE, message: 'x' }, 400, 'channel'],
    ['what is no channel', { channel: 'general', message: 'x' }, 400, 'channel'],
    ['nothing', { channel: CHANNEL, message: '' }, 400, 'message'],
  ])('refuses %s', async (_, body, status, field) => {
    expect(await call('POST', '/notify', body)).toMatchObject({ status, errors: [{ field }] });
  });

  it('says when it is Discord that fails', async () => {
    discord.api.failing = { status: 500, times: 4 };
    expect(await call('POST', '/notify', { channel: CHANNEL, message: 'x' })).toMatchObject({
      status: 502,
      code: 'discord_failed',
      detail: 'Discord answered 500',
    });
  });

  it('is answered 503 where Discord is not set up, or cannot be posted to', async () => {
    for (const settings of [{}, { ...discord.settings, DISCORD_BOT_TOKEN: '' }]) {
      const other = new Installation();
      await other.startApi(settings);
      const refused = await other.call('POST', '/notify', { channel: CHANNEL, message: 'x' });
      expect(refused).toMatchObject({ status: 503, code: 'discord_unavailable' });
      const task = { type: 'claude-cli', prompt: 'hello', callbackChannel: CHANNEL };
      expect(await other.call('POST', '/tasks', task)).toMatchObject({ errors: [{ field: 'callbackChannel' }] });
      const schedule = await other.call('POST', '/schedules', { name: 'daily', cron: '@daily', task });
      expect(schedule).toMatchObject({ status: 400, errors: [{ field: 'task.callbackChannel' }] });
      await other.end();
    }
  });
});

describe('callbackChannel', () => {
  it('is told how a task of Claude has ended, as of its retry', async () => {
    const { taskId } = await installation.here.run('/claude', { prompt: 'call me', callbackChannel: CHANNEL });
    const posted = await discord.api.untilPosted(({ content }) => content.includes('turn 1: call me'));
    expect(posted).toMatchObject({ channel: CHANNEL, content: expect.stringMatching(/^`call me` · done on `mac`/) });
    await call('POST', `/tasks/${taskId}/retry?wait=60000`, {});
    await discord.api.untilPosted(({ content }) => content.includes('turn 2: call me'));
    expect((await call('GET', `/tasks/${taskId}`)).callbackChannel).toBe(CHANNEL);
  });

  it('of a channel that is not there does not hold up others', async () => {
    await installation.here.run('/claude', { prompt: 'nobody', callbackChannel: NOWHERE });
    await installation.here.run('/claude', { prompt: 'somebody', callbackChannel: CHANNEL });
    await discord.api.untilPosted(({ content }) => content.includes('turn 1: somebody'));
  });
});

describe('ocw', () => {
  it('notify posts words, or standard input', async () => {
    expect(await cli.run(['notify', CHANNEL, 'all', 'is', 'well'])).toMatchObject({ code: 0 });
    expect(discord.api.posted.at(-1)?.content).toBe('all is well');
    await cli.run(['notify', CHANNEL], { stdin: 'from a pipe\n' });
    expect(discord.api.posted.at(-1)?.content).toBe('from a pipe\n');
    expect(await cli.run(['notify', CHANNEL])).toMatchObject({ code: 2 });
    expect(await cli.run(['notify', NOWHERE, 'x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(NOWHERE),
    });
  });

  const env = () => ({ DISCORD_API_URL: discord.api.url, DISCORD_BOT_TOKEN: BOT_TOKEN });

  it('discord register makes the list of commands be ours, everywhere or in one place', async () => {
    const ended = await cli.run(['discord', 'register'], { env: env() });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Registered \/run \/claude \/read/) });
    expect(discord.api.commands.get('')).toEqual(JSON.parse(JSON.stringify(COMMANDS)));
    await cli.run(['discord', 'register', '--guild', GUILD], { env: env() });
    await cli.run(['discord', 'register', '--guild', GUILD], { env: env() });
    expect(discord.api.commands.get(GUILD)).toHaveLength(COMMANDS.length);
  });

  it('discord register asks for the token, and takes none as an argument', async () => {
    const { DISCORD_API_URL } = env();
    const piped = await cli.run(['discord', 'register'], { env: { DISCORD_API_URL }, stdin: `${BOT_TOKEN}\n` });
    expect(piped.code).toBe(0);
    expect(await cli.run(['discord', 'register', BOT_TOKEN], { env: env() })).toMatchObject({ code: 2 });
    const terminal = cli.onTerminal(['discord', 'register'], { DISCORD_API_URL });
    await terminal.until(/Bot token:/);
    terminal.type(`${BOT_TOKEN}\r`);
    await terminal.until(/Registered/);
    expect(await terminal.ended).toBe(0);
    expect(terminal.output).not.toContain(BOT_TOKEN);
  });

  it.each([
    [
      'a token that is not good',
      { DISCORD_BOT_TOKEN: 'x'.repeat(30) },
      [],
      1,
      'the page Bot of the portal makes another',
    ],
    ['a place that the bot is not in', {}, ['--guild', NOWHERE], 1, 'docs/discord.md invites it'],
    ['what is no place', {}, ['--guild', 'home'], 2, 'no id of a Discord server'],
    [
      'a Discord that is not there',
      { DISCORD_API_URL: 'http://127.0.0.1:9' },
      [],
      1,
      'cannot be reached: ECONNREFUSED',
    ],
  ])('discord register tells of %s', async (_, change, args, code, words) => {
    const ended = await cli.run(['discord', 'register', ...args], { env: { ...env(), ...change } });
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(ended.stderr).not.toContain(BOT_TOKEN);
  });
});
