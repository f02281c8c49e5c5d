import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Installation, TOKEN } from './programs.js';

let here: Installation;
let sockets: Socket[];
beforeEach(() => {
  here = new Installation();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await here.end();
});

/** A connection that sends `text`, and reads nothing of what comes back. */
async function silent(text: string): Promise<Socket> {
  const socket = connect(Number(new URL(here.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => socket.destroy()).pause();
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return socket;
}
const request = (line: string, more = '') =>
  `${line} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${TOKEN}\r\n${more}\r\n`;

describe('the server that is stopped', () => {
  it('brings all that it has committed into the database file', async () => {
    const api = await here.startApi();
    for (let n = 0; n < 20; n += 1) await here.call('POST', '/tasks', { command: 'true' });
    const log = join(here.folder, 'data', 'openclaw.db-wal');
    expect(statSync(log).size).toBeGreaterThan(0);
    expect(await api.end()).toEqual({ code: 0, signal: null });
    expect(existsSync(log)).toBe(false);
  });

  it('ends in order within its grace though callers neither finish their requests nor read the answers', async () => {
    const api = await here.startApi({ SHUTDOWN_GRACE_MS: '500' });
    const content = 'x'.repeat(5_000_000);
    const { taskId } = await here.call('POST', '/files/write', { path: '/x', content });
    await silent(request('POST /tasks', 'Content-Type: application/json\r\nContent-Length: 100\r\n').concat('{"comm'));
    await silent(request(`GET /tasks/${taskId}`));
    await silent(request(`GET /tasks/${taskId}/output`, 'Accept: text/event-stream\r\n'));
    expect(await here.call('GET', '/health')).toMatchObject({ status: 'ok' });
    expect(await api.end()).toEqual({ code: 0, signal: null });
    expect(api.lines.join('\n')).toMatch(/ending the connections.*"msg":"stopped"/s);
  });

  it('ends at once when it is asked again, and keeps what it has acknowledged', async () => {
    const api = await here.startApi({ SHUTDOWN_GRACE_MS: '60000' });
    const { taskId } = await here.call('POST', '/tasks', { command: 'true' });
    await silent(request('POST /tasks', 'Content-Type: application/json\r\nContent-Length: 100\r\n').concat('{"comm'));
    expect(await here.call('GET', '/health')).toMatchObject({ status: 'ok' });
    api.kill('SIGTERM');
    await api.line(/stopping: SIGTERM/);
    // Later than a key press that reaches it twice.
    const asked = performance.now();
    const again = setInterval(() => {
      if (performance.now() - asked > 300) api.kill('SIGTERM');
    }, 100);
    expect(await api.exited).toEqual({ code: 1, signal: null });
    clearInterval(again);
    await here.startApi();
    expect(await here.call('GET', `/tasks/${taskId}`)).toMatchObject({ status: 'pending' });
  });
});
