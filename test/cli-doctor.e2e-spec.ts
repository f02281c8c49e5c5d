import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { selfSigned } from './certificate.js';
import { Ocw } from './ocw.js';
import { Installation } from './programs.js';

let here: Installation;
let cli: Ocw;
let tools: string;
const closing: (() => void)[] = [];
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
  tools = join(here.folder, 'bin');
  mkdirSync(tools);
});
afterAll(async () => {
  for (const close of closing) close();
  await here.end();
});

/** What `ocw doctor` prints for the server at `OCW_URL`. */
async function doctor(env: Record<string, string> = {}): Promise<{ code: number | null; stdout: string }> {
  const { code, stdout } = await cli.run(['doctor'], { env });
  return { code, stdout };
}

/** Passes calls on to the API, and answers what `change` makes of the answer. */
const forwarder =
  (change: (answer: { headers: Record<string, unknown>; body: string }) => string): RequestListener =>
  (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const asked = request(here.url + url, { method, headers: { ...headers, host: '127.0.0.1' } }, async (answer) => {
      const kept: Record<string, unknown> = { ...answer.headers };
      const body = change({ headers: kept, body: Buffer.concat(await answer.toArray()).toString() });
      delete kept['content-length'];
      outgoing.writeHead(answer.statusCode ?? 500, kept as Record<string, string>).end(body);
    });
    incoming.pipe(asked);
  };

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** An https server with a certificate of its own for `name`; answers its address and the certificate's file. */
async function encrypted(name: string, days: string): Promise<{ url: string; certificate: string }> {
  const certificate = selfSigned(name, here.folder, days);
  const port = await listening(
    createTlsServer(
      certificate,
      forwarder(({ body }) => body),
    ),
  );
  return { url: `https://localhost:${port}`, certificate: certificate.file };
}

describe('ocw doctor', () => {
  it('finds no worker, then no claude', async () => {
    const alone = await doctor();
    expect(alone.code).toBe(1);
    expect(alone.stdout).toMatch(/BAD {3}worker +none is online\n +on the machine to control: ocw worker/);
    await here.startWorker();
    const without = await doctor();
    expect(without.code).toBe(0);
    expect(without.stdout).toMatch(/ok {4}worker +online: test-worker/);
    expect(without.stdout).toMatch(/warn {2}claude +not on test-worker: .*\n +npm install --global/);
  });

  it('finds claude where the shell of the worker does', async () => {
    await here.installClaude({ stdout: '9.9.9 (a stand-in)\n' });
    const worker = await here.startWorker({ WORKER_NAME: 'other', SPOOL_DIR: join(here.folder, 'other') });
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok {4}claude +on other: 9\.9\.9 \(a stand-in\)/);
    await worker.end();
  });

  it('finds workers that take nothing', async () => {
    await cli.run(['drain', 'test-worker']);
    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toMatch(/BAD {3}worker +all that are online drain: test-worker\n +ocw resume test-worker/);
    await cli.run(['resume', 'test-worker']);
  });

  it.each([
    ['nonsense', /nonsense is no address\n +ocw login https/],
    ['http://127.0.0.1:1', /start the server, or check the address: ocw login http:\/\/127.0.0.1:1/],
    ['http://no-such-host.invalid', /no such host is known/],
  ])('says what is wrong with the address %s', async (url, fix) => {
    const { code, stdout } = await doctor({ OCW_URL: url });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BAD {3}server/);
    expect(stdout).toMatch(fix);
  });

  it('tells http and https apart, and something else from the API', async () => {
    const tls = await encrypted('localhost', '2');
    expect((await doctor({ OCW_URL: tls.url.replace('https', 'http') })).stdout).toMatch(/whether it wants https/);
    expect((await doctor({ OCW_URL: here.url.replace('http', 'https') })).stdout).toMatch(/it does not speak TLS/);
    const other = await listening(createServer((_, response) => response.writeHead(404).end('nothing here')));
    expect((await doctor({ OCW_URL: `http://127.0.0.1:${other}` })).stdout).toMatch(/something else answers at/);
  });

  it('says what is wrong with a certificate', async () => {
    const unknown = await encrypted('localhost', '3');
    const distrusted = await doctor({ OCW_URL: unknown.url });
    expect(distrusted.stdout).toMatch(/BAD {3}server +self-signed certificate\n +.*NODE_EXTRA_CA_CERTS=FILE/);
    const trusted = await doctor({ OCW_URL: unknown.url, NODE_EXTRA_CA_CERTS: unknown.certificate });
    expect(trusted.stdout).toMatch(/ok {4}encryption +https/);
    expect(trusted.code).toBe(0);
    const elsewhere = await encrypted('example.org', '3');
    const wrong = await doctor({ OCW_URL: elsewhere.url, NODE_EXTRA_CA_CERTS: elsewhere.certificate });
    expect(wrong.stdout).toMatch(/the certificate is for another name/);
  });

  it('says what is wrong with the token', async () => {
    const bad = await doctor({ OCW_TOKEN: 'not-a-token-of-this-server' });
    expect(bad).toMatchObject({ code: 1, stdout: expect.stringMatching(/BAD {3}token .*\n +ocw login with a token/) });
    const made = async (role: string) => (await cli.run(['tokens', 'add', role, '--role', role])).stdout.trim();
    expect((await doctor({ OCW_TOKEN: await made('worker') })).stdout).toMatch(/it is a token for workers/);
    expect((await doctor({ OCW_TOKEN: await made('client') })).stdout).toMatch(
      /ok {4}token +good, with the role client/,
    );
    const viewer = await doctor({ OCW_TOKEN: await made('viewer') });
    expect(viewer.stdout).toMatch(/warn {2}token +good, with the role viewer: it may read, and not run anything/);
    expect(viewer.stdout).not.toMatch(/claude/);
  });

  it('finds clocks and versions that differ', async () => {
    const port = await listening(
      createServer(
        forwarder(({ headers, body }) => {
          headers.date = new Date(Date.now() - 3_600_000).toUTCString();
          return body.replace(/"version":"[^"]+"/g, '"version":"0.0.1"');
        }),
      ),
    );
    const { code, stdout } = await doctor({ OCW_URL: `http://127.0.0.1:${port}` });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /warn {2}clock +(1h00m|59m\d\ds) apart from the server\n +let both machines set their clocks/,
    );
    expect(stdout).toMatch(/warn {2}version +the server has 0\.0\.1, this ocw \d.*\n +install the same version/);
    expect(stdout).toMatch(/warn {2}version +the worker test-worker has 0\.0\.1, this ocw \d/);
  });

  it('answers the same for programs', async () => {
    const findings = await cli.json(['doctor']);
    expect(findings.map(({ check }: { check: string }) => check)).toEqual(
      expect.arrayContaining(['server', 'version', 'encryption', 'clock', 'token', 'worker', 'claude']),
    );
    expect(
      findings.every(({ level, fix }: { level: string; fix?: string }) => level === 'ok' || fix !== undefined),
    ).toBe(true);
  });
});
