import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isSignedBy } from '#audit-chain';
import { AuditHeads } from '../src/audit/audit-heads.js';
import { type ApiServer, startApi } from './api-server.js';

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('signed heads', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const folder = mkdtempSync(join(tmpdir(), 'heads-'));
  const file = join(folder, 'heads.ndjson');

  const taken: unknown[] = [];
  let answer = 200;
  let heard: () => void = () => undefined;
  const receiver = createServer((incoming, outgoing) => {
    incoming.toArray().then((chunks) => {
      if (answer === 200) taken.push(JSON.parse(Buffer.concat(chunks).toString()));
      outgoing.writeHead(answer).end(() => heard());
    });
  });
  const nextHeard = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });

  let signing: ApiServer;
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    signing = await startApi({
      AUDIT_SIGNING_KEY: pem.replaceAll('\n', '\\n'),
      AUDIT_HEADS_FILE: file,
      AUDIT_HEADS_WEBHOOK: `http://127.0.0.1:${port}/heads`,
    });
  });
  afterAll(async () => {
    await signing.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const sign = async () => {
    await signing.post('/tasks', { command: 'true' });
    const sent = nextHeard();
    await signing.app.get(AuditHeads).sign();
    await sent;
  };

  it('go to the file and the webhook, and are verified with the chain', async () => {
    await sign();
    const heads = linesOf(readFileSync(file, 'utf8'));
    expect(heads).toEqual([
      {
        seq: 1,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        at: expect.any(Number),
        epoch: 0,
        keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
        signature: expect.any(String),
      },
    ]);
    expect(isSignedBy(createPublicKey(privateKey), heads[0])).toBe(true);
    expect(taken).toEqual(heads);
    expect((await signing.get('/audit/verify')).body).toMatchObject({
      ok: true,
      heads: { checked: 1, skipped: 0, setAside: 0, unknownKey: 0, unreadable: 0 },
    });
  });

  it('are not signed twice, and what the webhook refused is sent with the next', async () => {
    answer = 503;
    await sign();
    await signing.app.get(AuditHeads).sign();
    expect(taken).toHaveLength(1);
    answer = 200;
    await sign();
    while (taken.length < 3) await nextHeard();
    expect(taken).toEqual(linesOf(readFileSync(file, 'utf8')));
  });
});
