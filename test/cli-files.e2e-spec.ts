import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from './chaos/random.js';
import { TcpProxy } from './chaos/tcp-proxy.js';
import { Ocw } from './ocw.js';
import { Installation } from './programs.js';
import { KEY } from './pseudo-terminal.js';

let here: Installation;
let cli: Ocw;
/** A folder on this side, for each test. */
let local: string;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  await here.startWorker();
  cli = new Ocw(here);
});
beforeEach(() => {
  local = mkdtempSync(join(here.folder, 'local-'));
});
afterAll(() => here.end());

const there = (name: string) => `test-worker:${name}`;
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('ocw cp', () => {
  it('copies a large file there and back, byte for byte, with its mode', async () => {
    const source = join(local, 'source');
    writeFileSync(source, randomBytes(5_000_000));
    chmodSync(source, 0o750);
    expect(await cli.run(['cp', source, there('~/copy')])).toMatchObject({ code: 0, stderr: '' });
    const copy = join(here.home, 'copy');
    expect(sha256(copy)).toBe(sha256(source));
    expect(statSync(copy).mode & 0o777).toBe(0o750);
    const back = join(local, 'back');
    const { code, stdout } = await cli.run(['cp', '--json', there('~/copy'), back]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ size: 5_000_000, sha256: sha256(source) });
    expect(sha256(back)).toBe(sha256(source));
    expect(statSync(back).mode & 0o777).toBe(0o750);
  });

  it('copies folders both ways', async () => {
    const source = join(local, 'tree');
    mkdirSync(join(source, "in ner's"), { recursive: true });
    writeFileSync(join(source, "in ner's", 'a b'), 'deep');
    writeFileSync(join(source, 'top'), 'top');
    expect(await cli.run(['cp', source, there("~/it's here")])).toMatchObject({ code: 0 });
    expect(readFileSync(join(here.home, "it's here", "in ner's", 'a b'), 'utf8')).toBe('deep');
    const back = join(local, 'back');
    expect(await cli.run(['cp', there("~/it's here"), back])).toMatchObject({ code: 0 });
    expect(readFileSync(join(back, "in ner's", 'a b'), 'utf8')).toBe('deep');
    expect(readFileSync(join(back, 'top'), 'utf8')).toBe('top');
    // The archives of both ways do not stay there.
    const [removed, unpacked] = await cli.json(['ls', '-q', 'rm tar']);
    for (const { id } of [removed, unpacked]) expect((await cli.run(['wait', id])).code).toBe(0);
    const archives = [removed, unpacked].map(({ command }) => command.match(/\/tmp\/ocw-\S+\.tar/)[0]);
    expect(archives.filter((path) => existsSync(path))).toEqual([]);
  });

  it('puts a file into a folder that is there, on both sides', async () => {
    mkdirSync(join(here.home, 'inbox'));
    writeFileSync(join(local, 'note'), 'hello');
    expect((await cli.run(['cp', join(local, 'note'), there('~/inbox')])).stdout).toMatch(
      /^test-worker:~\/inbox\/note {2}5 bytes, SHA-256 verified\n$/,
    );
    expect(readFileSync(join(here.home, 'inbox/note'), 'utf8')).toBe('hello');
    mkdirSync(join(local, 'outbox'));
    expect((await cli.run(['cp', there('~/inbox/note'), join(local, 'outbox')])).code).toBe(0);
    expect(readFileSync(join(local, 'outbox/note'), 'utf8')).toBe('hello');
  });

  it('shows on a terminal how far it is', async () => {
    const source = join(local, 'source');
    writeFileSync(source, randomBytes(3_000_000));
    const sending = cli.onTerminal(['cp', source, there('~/copy')]);
    expect(await sending.ended).toBe(0);
    expect(sending.output).toMatch(/source {2}\[#{24}\]100% {2}3\.0 MB/);
    const fetching = cli.onTerminal(['cp', there('~/copy'), join(local, 'back')], {}, { columns: 20 });
    expect(await fetching.ended).toBe(0);
    expect(fetching.output).toMatch(/copy {2}\[#+\u2026/);
  });

  it('comes through a network that breaks in the middle, both ways', async () => {
    const network = await TcpProxy.open(() => Number(new URL(here.url).port), new Random(3));
    const far = new Ocw(here, network.url);
    const source = join(local, 'source');
    writeFileSync(source, randomBytes(5_000_000));
    const back = join(local, 'back');
    for (const way of [
      [source, there('~/copy')],
      [there('~/copy'), back],
    ]) {
      // Slow enough to be cut in the middle.
      network.weather = 'delay';
      const terminal = far.onTerminal(['cp', ...way]);
      await terminal.until(/\[#+\.+\]/);
      network.weather = 'cut';
      await network.nextCut();
      network.clear();
      expect(await terminal.ended).toBe(0);
    }
    await network.close();
    expect(sha256(back)).toBe(sha256(source));
  });

  it('says in a line what this machine does not allow', async () => {
    writeFileSync(join(here.home, 'notes'), 'a note');
    const { code, stderr } = await cli.run(['cp', there('~/notes'), join(local, 'no/such/folder')]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ocw: ENOENT: .*no\/such\/folder.*\n$/),
    });
  });

  it('is given up by Ctrl-C, and what it had begun there as well', async () => {
    const terminal = cli.onTerminal(['cp', 'nobody:~/tree', join(local, 'tree')]);
    await terminal.until(/it waits: no worker named nobody is online/);
    terminal.type(KEY.ctrlC);
    expect(await terminal.ended).toBe(130);
    expect(await cli.json(['ls', '-w', 'nobody'])).toMatchObject([{ status: 'cancelled' }]);
  });

  it('says what is missing, and leaves nothing behind', async () => {
    const target = join(local, 'target');
    const missing = await cli.run(['cp', there('~/none'), target]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/test-worker has no file ~\/none/);
    expect(() => statSync(target)).toThrow();
    expect((await cli.run(['cp', target, there('~/x')])).stderr).toMatch(/there is no file .*target here/);
    expect((await cli.run(['cp', 'a', 'b'])).stderr).toMatch(/one side is here and the other a worker/);
  });
});

describe('ocw cat and ocw edit', () => {
  it('print a file byte for byte', async () => {
    writeFileSync(join(here.home, 'notes'), 'caf\u00e9\n');
    expect(await cli.run(['cat', there('~/notes')])).toEqual({ code: 0, stdout: 'caf\u00e9\n', stderr: '' });
    const missing = await cli.run(['cat', there('~/none')]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^ocw: test-worker: /);
  });

  it('write back what the editor has made of it', async () => {
    const path = join(here.home, 'notes');
    writeFileSync(path, 'before\n');
    const editor = `sed -i s/before/after/`;
    expect(await cli.run(['edit', there('~/notes')], { env: { EDITOR: editor } })).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toBe('after\n');
    expect((await cli.run(['edit', there('~/notes')], { env: { EDITOR: 'true' } })).stderr).toBe(
      'ocw: nothing was changed\n',
    );
    expect((await cli.run(['edit', there('~/notes')], { env: { EDITOR: 'false' } })).stderr).toMatch(
      /nothing was written/,
    );
    expect(await cli.run(['edit', there('~/notes')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no terminal for an editor/),
    });
  });

  it('keep both versions when the file was changed there meanwhile', async () => {
    const path = join(here.home, 'notes');
    writeFileSync(path, 'before\n');
    const editor = join(local, 'editor.sh');
    writeFileSync(editor, `#!/bin/sh\necho theirs > ${path}\necho mine > "$1"\n`, { mode: 0o755 });
    const { code, stderr } = await cli.run(['edit', there('~/notes')], { env: { EDITOR: editor } });
    expect(code).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('theirs\n');
    expect(stderr).toMatch(/^-theirs\n\+mine\n/m);
    const [, theirs = '', mine = ''] = stderr.match(/conflict: [\s\S]*theirs +(\S+)\n +yours +(\S+)\n/) ?? [];
    expect([theirs, mine].map((copy) => readFileSync(copy, 'utf8'))).toEqual(['theirs\n', 'mine\n']);
    expect(stderr).toContain(`then: ocw cp ${mine} test-worker:~/notes`);
  });
});
