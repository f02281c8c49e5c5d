import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { createLogger } from '#logging';
import { loadConfig, secretsOf } from '../src/config.js';
import type { Clock } from '../src/domain/clock.js';
import { createServer } from '../src/server.js';
import { Shutdown } from '../src/shutdown.js';
import { openDatabase } from '../src/storage/sqlite/database.js';
import { SqliteStorage } from '../src/storage/sqlite/sqlite-storage.js';
import type { Storage } from '../src/storage/storage.js';
import { SystemClock } from '../src/system-clock.js';
import { announceTo } from '../src/wakeups/announce.js';
import { InProcessWakeups } from '../src/wakeups/in-process-wakeups.js';
import { composeMessage } from '../src/webhooks/webhook-message.js';

export const TOKEN = 'kV7pQ2mX9sT4wZ6rkV7pQ2mX9sT4wZ6r';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  body: any;
}

interface Sent {
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
  token?: string | null;
  signal?: AbortSignal;
}

/** The real server in this process, on a real SQLite file and a free port of the loopback. */
export interface ApiServer {
  url: string;
  /** For what a test does in the place of a timer. */
  app: INestApplication;
  storage: Storage;
  shutdown: Shutdown;
  call(method: string, path: string, sent?: Sent): Promise<Answer>;
  get(path: string, sent?: Sent): Promise<Answer>;
  post(path: string, body?: unknown, sent?: Sent): Promise<Answer>;
  close(): Promise<void>;
}

interface StartOptions {
  /** Called with each line of the log; without it there is none. */
  log?: (line: string) => void;
  /** It has the web page of that. */
  webFolder?: string;
  clock?: Clock;
}

export async function startApi(
  env: Record<string, string> = {},
  { log, webFolder, clock = new SystemClock() }: StartOptions = {},
): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  // One token makes all the calls of a test, and watching what happens takes many.
  const standard = { WORKER_TOKEN: TOKEN, RATE_LIMIT_PER_MINUTE: '0' };
  const config = loadConfig({ ...standard, DATABASE_URL: `file:${join(folder, 'api.db')}`, ...env });
  const wakeups = new InProcessWakeups();
  const database = openDatabase(config.databasePath);
  const storage = new SqliteStorage(database, config, announceTo(wakeups), composeMessage);
  const shutdown = new Shutdown();
  const parts = { config, storage, wakeups, clock, shutdown };
  const logger = log
    ? createLogger('api', config.logLevel, { secrets: secretsOf(config), destination: { write: log } })
    : createLogger('api', 'silent');
  const app = await createServer({ ...parts, logger }, webFolder);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  async function call(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { body, raw, headers = {}, token = TOKEN, signal } = sent;
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      signal,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: payload,
    });
    const text = await response.text();
    const isJson = /\bjson/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }

  return {
    url,
    app,
    storage,
    shutdown,
    call,
    get: (path, sent) => call('GET', path, sent),
    post: (path, body, sent) => call('POST', path, { ...sent, body }),
    close: async () => {
      shutdown.begin();
      // As main does it: a connection whose last answer has just left is idle only now.
      const idle = setInterval(() => app.getHttpServer().closeIdleConnections(), 20);
      await app.close();
      clearInterval(idle);
      storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}
