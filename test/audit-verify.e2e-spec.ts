import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditedServer } from '../apps/api/test/audited-server.js';
import { ROOT } from './programs.js';

const COMMAND = join(ROOT, 'dist/apps/api/audit/verify-command.js');

let server: AuditedServer;
let whole: string;
let publicKey: string;
beforeAll(async () => {
  server = new AuditedServer();
  await server.record(20);
  await server.heads.sign();
  const { entries } = await server.storage.audit.page({}, { after: 0, through: 20 }, 100);
  whole = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  publicKey = inFile('public.pem', server.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());
});
afterAll(() => server.end());

function inFile(name: string, text: string): string {
  const path = join(server.folder, name);
  writeFileSync(path, text);
  return path;
}

function run(args: string[], stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [COMMAND, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

describe('npm run audit:verify', () => {
  it('reads the database of a running server, and leaves it to that', async () => {
    const { code, stdout } = await run([server.path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/20 entries, from 1 to 20/) });
    await server.record(1);
    expect(await server.verify()).toMatchObject({ ok: true, entries: 21 });
  });

  it('reads a copy that stands alone', async () => {
    server.restart();
    const copy = join(server.folder, 'copy.db');
    copyFileSync(server.path, copy);
    expect(await run([copy])).toMatchObject({ code: 0 });
    expect(readdirSync(server.folder)).toContain('copy.db');
  });

  it('reads an export, also from standard input, and answers as the server does', async () => {
    expect(await run([inFile('whole.ndjson', whole)])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Head: /),
    });
    const { code, stdout } = await run(['-', '--json'], whole);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, entries: 20, firstSeq: 1, lastSeq: 20 });
  });

  it('tells where an export is broken', async () => {
    const { code, stdout } = await run(['-'], whole.replace('echo 6', 'echo 7'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^BROKEN at entry 7: .*hash/) });
  });

  it('says that an export with filters has gaps', async () => {
    const some = whole
      .split('\n')
      .filter((_, index) => index % 2 === 0)
      .join('\n');
    const { code, stdout } = await run(['-'], some);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/entry 2: .*missing[\s\S]*without filters/),
    });
  });

  it('compares with signed heads from elsewhere', async () => {
    const evidence = ['--heads', server.headsFile, '--public-key', publicKey];
    expect(await run(['-', ...evidence], whole)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 compared.* 0 signed with a key that was not given/),
    });
    const cut = whole.split('\n').slice(0, 15).join('\n');
    expect(await run(['-'], cut)).toMatchObject({ code: 0 });
    expect(await run(['-', ...evidence], cut)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^BROKEN at entry 16/),
    });
    const forged = inFile('forged.ndjson', readFileSync(server.headsFile, 'utf8').replace('"epoch":0', '"epoch":1'));
    const { code, stdout } = await run(['-', '--heads', forged, '--public-key', publicKey], whole);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/signature/) });
  });

  it.each([
    ['nothing', []],
    ['a file that is not there', ['/none/audit.db']],
    ['an option that it does not have', ['--check', 'x']],
    ['something else', [join(ROOT, 'README.md')]],
    ['a key that is none', ['-', '--public-key', join(ROOT, 'package.json')]],
  ])('cannot do with %s', async (_, args) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/\w/) });
  });
});
