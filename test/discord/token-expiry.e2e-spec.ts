import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createLogger } from '#logging';
import { loadConfig } from '../../apps/api/src/config.js';
import { DiscordGate } from '../../apps/api/src/discord/discord-gate.js';
import { createServer } from '../../apps/api/src/server.js';
import { Shutdown } from '../../apps/api/src/shutdown.js';
import { openDatabase } from '../../apps/api/src/storage/sqlite/database.js';
import { SqliteStorage } from '../../apps/api/src/storage/sqlite/sqlite-storage.js';
import { SystemClock } from '../../apps/api/src/system-clock.js';
import { announceTo } from '../../apps/api/src/wakeups/announce.js';
import { InProcessWakeups } from '../../apps/api/src/wakeups/in-process-wakeups.js';
import { TOKEN } from '../programs.js';
import { FakeDiscord } from './fake-discord.js';

const MINUTE = 60_000;

/** The system's clock, ahead of itself. */
class ClockAhead extends SystemClock {
  ahead = 0;

  override now() {
    const { wall, monotonic } = super.now();
    return { wall: wall + this.ahead, monotonic: monotonic + this.ahead };
  }
}

let discord: FakeDiscord;
let folder: string;
let clock: ClockAhead;
let storage: SqliteStorage;
let shutdown: Shutdown;
let app: INestApplication;
beforeEach(async () => {
  discord = await FakeDiscord.start();
  folder = mkdtempSync(join(tmpdir(), 'expiry-'));
  clock = new ClockAhead();
  await start();
});
afterEach(async () => {
  expect(discord.takeViolations()).toEqual([]);
  await stop();
  rmSync(folder, { recursive: true });
  await discord.stop();
});

async function start(): Promise<void> {
  const settings = { WORKER_TOKEN: TOKEN, DATABASE_URL: `file:${join(folder, 'api.db')}`, ...discord.settings };
  const config = loadConfig(settings);
  const wakeups = new InProcessWakeups();
  storage = new SqliteStorage(openDatabase(config.databasePath), config, announceTo(wakeups));
  shutdown = new Shutdown();
  app = await createServer({ config, storage, wakeups, clock, shutdown, logger: createLogger('api', 'silent') });
  await app.listen(0, '127.0.0.1');
  discord.endpoint = await app.getUrl();
}

async function stop(): Promise<void> {
  shutdown.begin();
  app.getHttpServer().closeAllConnections();
  await app.close();
  storage.close();
}

const tokensKept = async () =>
  (await storage.discordMessages.pending(['progress'], 0, 10)).filter(({ interaction }) => interaction !== null).length;

const call = (method: string, path: string, body?: unknown) =>
  fetch(discord.endpoint + path, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

describe('when the 15 minutes of an interaction are over', () => {
  it('the message says where it goes on, and the end is posted to the channel', async () => {
    const sent = await discord.run('run', { command: 'true' });
    const task = (await (await call('GET', '/worker/poll?wait=0')).json()) as { id: string };
    await sent.until(({ content }) => content.includes('runs'));
    expect(await tokensKept()).toBe(1);
    clock.ahead = 14.9 * MINUTE;
    // Whatever is new has it look at the time.
    await call('POST', '/worker/output', { taskId: task.id, attempt: 1, chunks: [chunk('still here\n')] });
    const last = await sent.until(({ content }) => content.includes('a message of its own'));
    expect(last.content).toContain('still here');
    await call('POST', '/worker/result', { taskId: task.id, exitCode: 0, stdout: 'still here\n' });
    const posted = await discord.api.untilPosted(() => true);
    expect(posted.content).toContain('still here');
    expect(sent.states.at(-1)).toBe(last);
    expect(await tokensKept()).toBe(0);
  });

  it('its token is kept nowhere, also when the server was away meanwhile', async () => {
    await discord.run('run', { command: 'true' });
    await stop();
    clock.ahead = 20 * MINUTE;
    await start();
    expect(await tokensKept()).toBe(0);
  });

  it('it is forgotten within a minute while the server waits', async () => {
    await discord.run('run', { command: 'true' });
    clock.ahead = 20 * MINUTE;
    await app.get(DiscordGate).forgetTokens();
    expect(await tokensKept()).toBe(0);
  });
});

const chunk = (data: string) => ({ seq: 1, stream: 'stdout', data, encoding: 'utf8' });
