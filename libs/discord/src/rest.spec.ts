import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DiscordRest } from './rest.js';

const TOKEN = 'MTE4MDAwMDAwMDAwMDAwMDAwMA.GkV7pQ.2mX9sT4wZ6r';

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const json = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};

describe('DiscordRest', () => {
  it('waits for what carries files as long as a slow uplink takes for them, and not so long for the rest', async () => {
    const rest = new DiscordRest(TOKEN, url, { ms: 100, bytesPerSecond: 50_000 });
    let finish: () => void = () => undefined;
    const uploaded = new Promise<void>((resolve) => {
      answer = ({ headers }, response) => {
        if (!headers['content-type']?.startsWith('multipart/')) return;
        finish = () => json(response, 200, { id: '1' });
        resolve();
      };
    });
    const files = [{ name: 'output.txt', data: Buffer.alloc(10_000_000) }];
    const upload = rest.ask({ method: 'POST', path: '/channels/1180000000000000001/messages', files, asBot: true });
    await uploaded;
    const small = rest.ask({ method: 'POST', path: '/channels/1180000000000000002/messages', body: {}, asBot: true });
    await expect(small).rejects.toMatchObject({ status: null, message: 'Discord cannot be reached: TimeoutError' });
    finish();
    expect(await upload).toEqual({ id: '1' });
  });

  it('asks with its token also after a 401', async () => {
    const rest = new DiscordRest(TOKEN, url);
    const ask = () => rest.ask({ method: 'GET', path: '/applications/@me', asBot: true });
    answer = (_, response) => json(response, 401, { code: 0, message: '401: Unauthorized' });
    await expect(ask()).rejects.toMatchObject({ status: 401 });
    answer = ({ headers }, response) => json(response, 200, { authorization: headers.authorization });
    expect(await ask()).toEqual({ authorization: `Bot ${TOKEN}` });
  });
});
