import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DiscordInstallation } from './discord-installation.js';
import { type FakeDiscord } from './fake-discord.js';
import { CHANNEL } from './world.js';

/** Timers may fire a little early. */
const EDIT_EVERY_MS = 1990;
const MINUTE = 60_000;
/** A picture of one point. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let installation: DiscordInstallation;
let discord: FakeDiscord;
beforeAll(async () => {
  installation = await DiscordInstallation.start();
  await installation.startWorker();
  ({ discord } = installation);
});
afterAll(() => installation.end());
afterEach(() => {
  discord.api.toFiles = null;
  expect(discord.takeViolations()).toEqual([]);
  expect(discord.api.limits.impatient).toEqual([]);
});

const gate = () => join(installation.here.home, `gate-${Math.random().toString(36).slice(2)}`);
const open = (path: string) => writeFileSync(path, '');
const until = (path: string) => `until [ -e '${path}' ]; do sleep 0.05; done`;

describe('the message of a task', () => {
  it('shows what is printed while it runs, with edits two seconds apart, and then the end', async () => {
    const command = 'for n in 1 2 3 4 5 6 7 8 9; do echo line $n; sleep 0.5; done';
    const sent = await discord.run('run', { command });
    await sent.untilEnd();
    const running = sent.states.filter(({ content }) => content.includes('runs on'));
    expect(running.length).toBeGreaterThanOrEqual(2);
    const gaps = running.slice(1).map(({ at }, index) => at - (running[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EDIT_EVERY_MS);
    expect(running[0]?.content).toContain('```\nline 1');
    expect(sent.message?.content).toMatch(/```\nline 1\n[\s\S]*line 9\n```$/);
  });

  it('says what a task waits for, and when it has begun', async () => {
    const sent = await discord.run('run', { command: 'true', worker: 'nobody' });
    const { content, components } = await sent.until(() => true);
    expect(content).toMatch(/^`true` · waits for .*nobody/);
    expect(components[0].components).toMatchObject([{ label: 'Cancel' }]);
    expect((await discord.press(sent.buttons.Cancel ?? '')).response).toEqual({ type: 6 });
    expect((await sent.untilEnd()).content).toMatch(/^`true` · cancelled\n/);
  });

  it('has a button that ends it', async () => {
    const sent = await discord.run('run', { command: 'echo begun; exec sleep 600' });
    await sent.until(({ content }) => content.includes('begun'));
    await discord.press(sent.buttons.Cancel ?? '');
    expect((await sent.untilEnd()).content).toContain('cancelled on `mac`');
  });

  it('has a button that runs it again, as a message of its own', async () => {
    const sent = await discord.run('run', { command: 'echo again' });
    await sent.untilEnd();
    const again = await discord.press(sent.buttons['Run again'] ?? '');
    expect(again.response).toEqual({ type: 5 });
    expect((await again.untilEnd()).content).toContain('```\nagain\n```');
    const { items } = await installation.here.call('GET', '/tasks?q=again&limit=2');
    expect(items[0].retryOf).toBe(items[1].id);
  });

  it('shows the head and the tail of what is long, and attaches all of it, as its button does', async () => {
    const sent = await discord.run('run', { command: 'seq 1 20000' });
    const { content, files } = await sent.untilEnd();
    expect(content).toMatch(/```\n1\n2\n[\s\S]*characters more are in the file[\s\S]*\n20000\n```$/);
    const all = `${Array.from({ length: 20_000 }, (_, n) => n + 1).join('\n')}\n`;
    expect(files.map(({ name, data }) => [name, data.toString() === all])).toEqual([['output.txt', true]]);
    const full = await discord.press(sent.buttons['Full output'] ?? '');
    expect(full.response).toEqual({ type: 5, data: { flags: 64 } });
    const shown = await full.until(({ files }) => files.length > 0);
    expect(shown.files[0]?.data.toString() === all).toBe(true);
  });

  it.each([
    ['refuses', { status: 413, code: 40005 }],
    ['fails at', { status: 503, code: 0 }],
  ])('comes without its files, and says so, when Discord %s them', async (_, answer) => {
    discord.api.toFiles = answer;
    const sent = await discord.run('run', { command: 'seq 1 20000' });
    const { content, files } = await sent.untilEnd();
    expect(content).toMatch(
      /^`seq 1 20000` · done .*\n-# Its files could not be sent: .*\n```\n1\n[\s\S]*\n20000\n```$/,
    );
    const full = await discord.press(sent.buttons['Full output'] ?? '');
    expect((await full.until(() => true)).content).toContain('Its files could not be sent');
    expect(files).toEqual([]);
  });

  it('shows long text of any language as text', async () => {
    const command = "printf x; yes '日本語' | head -20000";
    const sent = await discord.run('run', { command });
    expect((await sent.untilEnd()).files.map(({ name }) => name)).toEqual(['output.txt']);
    const { items } = await installation.here.call('GET', '/tasks?limit=1');
    const status = await discord.run('status', { task: items[0].id });
    expect(status.message?.content).toMatch(/```\nx日本語\n[\s\S]*\n日本語\n```$/);
  });

  it('attaches no more than Discord takes', async () => {
    const sent = await discord.run('run', { command: "head -c 11000000 /dev/zero | tr '\\0' x; echo the end" });
    const { files } = await sent.untilEnd();
    const data = files[0]?.data ?? Buffer.alloc(0);
    expect(data.length).toBeGreaterThan(9 * 1_048_576);
    expect(data.length).toBeLessThanOrEqual(10 * 1_048_576);
    expect(data.includes('bytes are left out')).toBe(true);
    expect(data.subarray(-9).toString()).toBe('xthe end\n');
  });

  it('shows no colours, nothing that was overwritten, and no end of its own block', async () => {
    const printed = "printf '\\033[31mred\\033[0m\\n10%%\\r100%%\\n```\\n@everyone <@1180000000000000101>\\n'";
    const sent = await discord.run('run', { command: printed });
    const { content, payload } = await sent.untilEnd();
    const [, inside = ''] = content.match(/\n```\n([\s\S]*)\n```$/) ?? [];
    expect(inside).toBe('red\n100%\n``\u200b`\n@everyone <@1180000000000000101>');
    expect(payload.allowed_mentions).toEqual({ parse: [] });
  });

  it('lets no command end its own code, and shows it on one line', async () => {
    const { content } = await (await discord.run('run', { command: 'echo `whoami` #\n true' })).untilEnd();
    expect(content).toMatch(/^`echo ˋwhoamiˋ # true` · done/);
  });

  it('comes with the pictures and files that a task leaves', async () => {
    const [picture, page] = ['shot.png', 'page.pdf'].map((name) => join(installation.here.home, name));
    const command = `echo ${PNG} | base64 -d > ${picture}; echo pdf > ${page}; echo "SCREENSHOT: ${picture}"`;
    const { files } = await (await discord.run('run', { command })).untilEnd();
    expect(files.map(({ name, type }) => [name, type])).toEqual([['shot.png', 'image/png']]);
    expect(files[0]?.data.toString('base64')).toBe(PNG);
  });

  it('goes on after a restart of the server, and is told what happened meanwhile', async () => {
    const [first, second] = [gate(), gate()];
    const command = (path: string) => `echo begun; ${until(path)}; echo ended`;
    const sent = await discord.run('run', { command: command(first) });
    const meanwhile = await discord.run('run', { command: command(second) });
    await Promise.all([sent, meanwhile].map((one) => one.until(({ content }) => content.includes('begun'))));
    await installation.here.stopApi();
    open(second);
    await installation.startApi();
    expect((await meanwhile.untilEnd()).content).toContain('begun\nended\n```');
    open(first);
    expect((await sent.untilEnd()).content).toContain('begun\nended\n```');
  });

  it('is posted to the channel when the interaction is over', async () => {
    const path = gate();
    const sent = await discord.run('run', { command: `echo long begun; ${until(path)}; echo ended` });
    await sent.until(({ content }) => content.includes('begun'));
    const states = sent.states.length;
    discord.advance(16 * MINUTE);
    open(path);
    const posted = await discord.api.untilPosted(({ content }) => content.includes('long begun'));
    expect(posted).toMatchObject({ channel: CHANNEL, content: expect.stringContaining('\nended\n```') });
    expect(sent.states).toHaveLength(states);
  });

  it('waits as long as a 429 says', async () => {
    const sent = discord.run('run', { command: 'echo limited' });
    discord.api.limits.limit = 0;
    discord.api.limits.windowMs = 300;
    const { token } = await sent;
    await installation.here.call('GET', '/tasks');
    await refusedOnce();
    discord.api.limits.limit = 50;
    discord.api.limits.windowMs = 1000;
    expect((await (await sent).untilEnd()).content).toContain('limited');
    expect(token).toBeDefined();
  });

  it('is sent again when Discord fails', async () => {
    discord.api.failing = { status: 503, times: 5 };
    expect((await (await discord.run('run', { command: 'echo anyway' })).untilEnd()).content).toContain('anyway');
  });

  it('is left alone when somebody has deleted it', async () => {
    const path = gate();
    const sent = await discord.run('run', { command: `echo begun; ${until(path)}` });
    await sent.until(({ content }) => content.includes('begun'));
    const states = sent.states.length;
    sent.deleted = true;
    open(path);
    const next = await discord.run('run', { command: 'echo next' });
    await next.untilEnd();
    expect(sent.states).toHaveLength(states);
    expect(discord.api.posted.some(({ content }) => content.includes(path))).toBe(false);
  });

  async function refusedOnce(): Promise<void> {
    for (;;) {
      if (discord.api.requests.some(({ status }) => status === 429)) return;
      await installation.here.call('GET', '/health');
    }
  }
});
