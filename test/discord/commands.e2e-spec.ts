import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMANDS } from '#discord';
import { DiscordInstallation } from './discord-installation.js';
import { type FakeDiscord } from './fake-discord.js';
import { ALICE } from './world.js';

const DEFERRED = { type: 5 };

let installation: DiscordInstallation;
let discord: FakeDiscord;
let home: string;
beforeAll(async () => {
  installation = await DiscordInstallation.start();
  await installation.startWorker();
  ({ discord } = installation);
  ({ home } = installation.here);
});
afterAll(() => installation.end());
afterEach(() => expect(discord.takeViolations()).toEqual([]));

const call = (method: string, path: string, body?: unknown) => installation.here.call(method, path, body);

describe('the commands', () => {
  it('answer a ping', async () => {
    expect((await discord.ping()).response).toEqual({ type: 1 });
  });

  it('are those that are registered', async () => {
    for (const { name } of COMMANDS) {
      const { response } = await discord.run(name);
      expect(JSON.stringify(response)).not.toContain('This server has no command');
    }
  });

  it('/run runs a command, in a folder, and tells how it ended', async () => {
    const sent = await discord.run('run', { command: 'pwd; echo done >&2; exit 3', worker: 'mac', cwd: '/' });
    expect(sent.response).toEqual(DEFERRED);
    const { content } = await sent.untilEnd();
    expect(content).toMatch(
      /^`pwd; echo done >&2; exit 3` · failed on `mac` after .+, exit code 3\n```\n\/\ndone\n```$/,
    );
    expect(Object.keys(sent.buttons)).toEqual(['Run again', 'Full output']);
  });

  it('/run ends what takes longer than its timeout', async () => {
    const { content } = await (await discord.run('run', { command: 'exec sleep 600', timeout: 1 })).untilEnd();
    expect(content).toMatch(/^`exec sleep 600` · took too long on `mac`: ended after 1\.\d s/);
  });

  it('/claude asks, and a form goes on with the conversation', async () => {
    const sent = await discord.run('claude', { prompt: 'hello', worker: 'mac' });
    expect((await sent.untilEnd()).content).toContain('```\nturn 1: hello\n```');
    const { response } = await discord.press(sent.buttons.Continue ?? '');
    expect(response).toMatchObject({ type: 9, data: { components: [{ component: { custom_id: 'prompt' } }] } });
    const second = await discord.fill(response.data.custom_id, { prompt: 'and again' });
    expect(second.response).toEqual(DEFERRED);
    expect((await second.untilEnd()).content).toContain('```\nturn 2: and again\n```');
    const [session = ''] = await discord.complete('claude', 'session', '');
    const third = await discord.run('claude', { prompt: 'once more', session });
    expect((await third.untilEnd()).content).toContain('turn 3: once more');
  });

  it('/write writes, with the content given or typed into a form; /read reads; /edit edits', async () => {
    const path = join(home, 'notes.txt');
    await (await discord.run('write', { path, content: 'colour\n' })).untilEnd();
    expect(readFileSync(path, 'utf8')).toBe('colour\n');
    expect((await (await discord.run('read', { path })).untilEnd()).content).toContain('```\ncolour\n```');
    await (await discord.run('edit', { path, old: 'colour', new: 'color' })).untilEnd();
    expect(readFileSync(path, 'utf8')).toBe('color\n');

    const { data: blank } = (await discord.run('write', { path, worker: 'mac' })).response;
    expect(blank.components[0].component).toMatchObject({ custom_id: 'path', value: path });
    await (await discord.fill(blank.custom_id, { path, content: 'one\none\n' })).untilEnd();
    expect(readFileSync(path, 'utf8')).toBe('one\none\n');

    const { data: edit } = (await discord.run('edit', { path, old: 'one', all: true })).response;
    await (await discord.fill(edit.custom_id, { path, old: 'one', new: 'two' })).untilEnd();
    expect(readFileSync(path, 'utf8')).toBe('two\ntwo\n');
    const twice = await (await discord.run('edit', { path, old: 'two', new: 'three' })).untilEnd();
    expect(twice.content).toContain('failed');
  });

  it('/edit puts into its form no part of a text', async () => {
    const path = join(home, 'long.txt');
    const old = 'x'.repeat(4001);
    const { response } = await discord.run('edit', { path, old });
    expect(response).toMatchObject({ type: 4, data: { flags: 64, content: expect.stringContaining('4000') } });
    writeFileSync(path, old);
    await (await discord.run('edit', { path, old, new: 'short' })).untilEnd();
    expect(readFileSync(path, 'utf8')).toBe('short');
    const { options } = COMMANDS.find(({ name }) => name === 'edit') ?? {};
    const texts = options?.filter(({ name }) => ['old', 'new'].includes(name));
    expect(texts).toMatchObject([{ max_length: 4000 }, { max_length: 4000 }]);
  });

  it('/read attaches what is no text', async () => {
    const path = join(home, 'photo.bin');
    const bytes = Buffer.from([0, 255, 1, 254]);
    writeFileSync(path, bytes);
    const { files } = await (await discord.run('read', { path })).untilEnd();
    expect(files.map(({ name, data }) => [name, data.toString('hex')])).toEqual([['photo.bin', bytes.toString('hex')]]);
  });

  it('/status tells of the server, or of a task', async () => {
    const about = await discord.run('status');
    expect(about.message?.content).toMatch(/running, .* waiting[\s\S]*online: `mac`/);
    const { taskId } = await call('POST', '/tasks?wait=60000', { command: 'echo hello' });
    const sent = await discord.run('status', { task: taskId });
    expect(sent.message?.content).toMatch(/^`echo hello` · done on `mac` after .*\n```\nhello\n```$/);
    expect(Object.keys(sent.buttons)).toEqual(['Run again', 'Full output']);
    const unknown = await discord.run('status', { task: 'nothing' });
    expect(unknown.response.data).toMatchObject({ content: 'there is no task nothing', flags: 64 });
  });

  it('/tasks lists the newest', async () => {
    const { message } = await discord.run('tasks', { status: 'completed', worker: 'mac' });
    expect(message?.content.split('\n').length).toBeGreaterThan(3);
    expect(message?.content).toMatch(/^<t:\d+:R> `.*` · done on `mac` after/);
  });

  it('/cancel ends a task that it was completed to', async () => {
    const sent = await discord.run('run', { command: 'echo begun; exec sleep 600' });
    await sent.until(({ content }) => content.includes('begun'));
    const [task = ''] = await discord.complete('cancel', 'task', 'begun');
    expect((await discord.run('cancel', { task })).message?.content).toBe('Its worker was asked to end it.');
    expect((await sent.untilEnd()).content).toContain('cancelled on `mac`');
    expect((await discord.run('cancel', { task })).message?.content).toContain('has ended already');
  });

  it('/schedule adds, lists, runs, pauses and resumes', async () => {
    const made = await discord.sub('schedule', 'add', { name: 'nightly', cron: '0 3 * * *', command: 'echo backup' });
    expect(made.message?.content).toMatch(/`nightly` · `0 3 \* \* \*` `UTC` · next <t:\d+:R>/);
    const wrong = await discord.sub('schedule', 'add', { name: 'never', cron: 'nonsense', command: 'true' });
    expect(wrong.message?.content).toContain('cron');
    const [schedule = ''] = await discord.complete('schedule', 'schedule', 'night', { subcommand: 'run' });
    const ran = await discord.sub('schedule', 'run', { schedule });
    expect((await ran.untilEnd()).content).toContain('```\nbackup\n```');
    expect((await discord.sub('schedule', 'pause', { schedule: 'nightly' })).message?.content).toContain('paused');
    expect((await discord.sub('schedule', 'resume', { schedule })).message?.content).toContain('next');
    expect((await discord.sub('schedule', 'list')).message?.content).toContain('nightly');
    expect((await discord.sub('schedule', 'run', { schedule: 'weekly' })).message?.content).toContain(
      'no schedule weekly',
    );
  });

  it('/workers lists the machines, and completes their names', async () => {
    expect((await discord.run('workers')).message?.content).toMatch(/^`mac` · online, 0 of 3 busy/);
    expect(await discord.complete('run', 'worker', 'M')).toEqual(['mac']);
    expect(await discord.complete('run', 'worker', 'x')).toEqual([]);
    expect(await discord.complete('run', 'command', 'x')).toEqual([]);
  });

  it('complete nothing with more than Discord takes', async () => {
    const tasks = Array.from({ length: 40 }, (_, n) => ({ command: `echo ${n} ${'long '.repeat(60)}` }));
    await call('POST', '/tasks/batch?wait=60000', { tasks });
    expect(await discord.complete('status', 'task', 'long')).toHaveLength(25);
  });

  it('say what is wrong with what was asked for', async () => {
    const { response } = await discord.run('run', { command: 'true', cwd: 'a\0b' });
    expect(response).toMatchObject({ type: 4, data: { flags: 64, content: expect.stringContaining('cwd') } });
    expect((await discord.run('dance')).message?.content).toContain('This server has no command /dance');
    expect((await discord.press('dance:1')).message?.content).toContain('another version');
    expect((await discord.fill('dance:1', {})).message?.content).toContain('another version');
    const unknown = await discord.deliver(JSON.stringify(discord.interaction(9, {})));
    expect(await unknown.json()).toMatchObject({
      type: 4,
      data: { content: expect.stringContaining('does not know') },
    });
  });

  it('are in the audit as what each person did', async () => {
    const { items } = await call('GET', `/audit?actor=discord:${ALICE.id}&action=task.submitted`);
    expect(items[0].actor).toEqual({ id: `discord:${ALICE.id}`, name: 'discord:alice', role: 'client' });
    expect(
      items.some((entry: { detail: { command?: string } }) => entry.detail.command === 'echo begun; exec sleep 600'),
    ).toBe(true);
  });
});
