import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { request } from 'undici';
import { BlobFolder } from '../src/storage/blob-folder.js';
import { type ApiServer, TOKEN } from './api-server.js';

export const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Ways to send and read files as workers and clients do, against a server that a test may start anew. */
export function fileCalls(server: () => ApiServer) {
  const announcement = (taskId: string, bytes: string | Uint8Array, change: object = {}) => ({
    taskId,
    attempt: 1,
    name: 'shot.png',
    path: '/tmp/shot.png',
    size: Buffer.byteLength(bytes),
    sha256: sha256(bytes),
    contentType: 'image/png',
    ...change,
  });
  const announce = (taskId: string, bytes: string | Uint8Array, change: object = {}, headers = {}) =>
    server().post('/worker/artifacts', announcement(taskId, bytes, change), { headers });
  const pieceHeaders = (bytes: Uint8Array, start: number, end: number) => ({
    'Content-Type': 'application/octet-stream',
    'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
  });
  const put = (id: string, bytes: Buffer, start = 0, end = bytes.length, headers = {}) =>
    server().call('PUT', `/worker/artifacts/${id}`, {
      raw: bytes.subarray(start, end),
      headers: { ...pieceHeaders(bytes, start, end), ...headers },
    });

  return {
    announcement,
    announce,
    put,
    /** A task that a simple worker has taken. */
    claimed: async (body: object = {}, headers = {}) => {
      const { taskId } = (await server().post('/tasks', { command: 'true', ...body })).body;
      await server().get('/worker/poll?wait=0', { headers });
      return taskId as string;
    },
    report: (taskId: string, change: object = {}) =>
      server().post('/worker/result', { taskId, attempt: 1, exitCode: 0, ...change }),
    /** Announces a file and sends it whole. */
    store: async (taskId: string, bytes: Buffer, change: object = {}) => {
      const { body } = await announce(taskId, bytes, change);
      return body.complete ? body : (await put(body.artifactId, bytes)).body;
    },
    /** Begins a piece and sends `sent` bytes of it; resolves when the server has them. */
    beginPiece: async (id: string, bytes: Buffer, sent: number): Promise<Socket> => {
      const head = Object.entries({ ...pieceHeaders(bytes, 0, bytes.length), 'Content-Length': bytes.length });
      const socket = await begin(server(), `PUT /worker/artifacts/${id}`, Object.fromEntries(head));
      socket.write(bytes.subarray(0, sent));
      while ((await server().app.get(BlobFolder).sizeOf(id)) !== sent) await new Promise(setImmediate);
      return socket;
    },
    download: async (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
      // Not by fetch, which adds headers of its own to a conditional request.
      const answer = await request(server().url + path, {
        method,
        headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
      });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        bytes: Buffer.from(await answer.body.arrayBuffer()),
      };
    },
  };
}

/** Sends the head of a request over a connection of its own. */
export async function begin(api: ApiServer, line: string, headers: Record<string, unknown>): Promise<Socket> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const all = { Host: 'x', Authorization: `Bearer ${TOKEN}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}
