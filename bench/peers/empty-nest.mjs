// The floor under every call of ours: a Nest application with one route that does nothing. Run by itself it is the server;
// `rate` starts it and makes the four calls of a cycle to it, again and again.
import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Client } from '../kit/client.mjs';
import { start, stop } from '../kit/processes.mjs';
import { rateOf } from '../kit/stats.mjs';

const CALLS = 4;

async function serve() {
  class Nothing {
    answer() {
      return {};
    }
  }
  // What decorators do, in plain JavaScript.
  Post('tasks')(Nothing.prototype, 'answer', Object.getOwnPropertyDescriptor(Nothing.prototype, 'answer'));
  Controller()(Nothing);
  class Application {}
  Module({ controllers: [Nothing] })(Application);
  const app = await NestFactory.create(Application, { logger: false });
  await app.listen(0, '127.0.0.1');
  console.log(`listening on ${await app.getUrl()}`);
}

/** Cycles a second. */
export async function rate({ inFlight, ms }) {
  const { child, match } = await start(process.execPath, [fileURLToPath(import.meta.url)], {
    ready: /listening on (\S+)/,
  });
  const client = new Client(match[1]);
  const measured = await rateOf(inFlight, ms, async () => {
    for (let call = 0; call < CALLS; call += 1) await client.post('/tasks', { command: 'true' });
  });
  await client.close();
  await stop(child);
  return measured;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve();
