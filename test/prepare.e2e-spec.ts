import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Checkout, createCheckout, installByHand, writeManifest } from './checkout.js';

jest.setTimeout(60_000);

interface Ended {
  code: number;
  output: string;
}

let checkout: Checkout;
beforeEach(() => {
  checkout = createCheckout();
});
afterEach(() => {
  checkout.remove();
});

function start(script: string): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(checkout.root, 'scripts', script)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
}

const run = (script: string) => start(script).ended;
const prepare = () => run('prepare.mjs');
const read = (path: string) => readFileSync(join(checkout.root, path), 'utf8');

describe('the version of Node', () => {
  it('is refused in plain words when package.json does not admit it', async () => {
    const manifest = JSON.parse(read('package.json'));
    checkout.write('package.json', JSON.stringify({ ...manifest, engines: { node: '^20.99.0 || >=99.0.0' } }));
    const { code, output } = await prepare();
    expect(code).toBe(1);
    expect(output).toMatch(`This needs Node.js ^20.99.0 || >=99.0.0; this is ${process.versions.node}`);
    expect(existsSync(join(checkout.root, 'node_modules'))).toBe(false);
  });
});

describe('building', () => {
  beforeEach(() => {
    installByHand(checkout);
    checkout.write('apps/api/src/main.ts', 'export const answer: number = 1;\n');
    checkout.write('libs/shared/src/deep/index.ts', 'export const deep = true;\n');
  });

  it('compiles every app and library, and is silent when nothing is to be done', async () => {
    checkout.write('apps/api/src/main.spec.ts', 'throw new Error();\n');
    checkout.write('apps/api/src/testing/builder.ts', 'throw new Error();\n');
    const first = await prepare();
    expect(first).toEqual({
      code: 0,
      output: expect.stringMatching(/^Built apps\/api, libs\/shared in \d+\.\d s\.\n$/),
    });
    const files = readdirSync(join(checkout.root, 'dist'), { recursive: true, withFileTypes: true });
    const scripts = files.filter((file) => file.name.endsWith('.js')).map((file) => join(file.parentPath, file.name));
    expect(scripts.map((path) => path.slice(checkout.root.length)).sort()).toEqual([
      '/dist/apps/api/bundle/main.js',
      '/dist/apps/api/main.js',
      '/dist/libs/shared/deep/index.js',
    ]);
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  it.each([
    ['a source is edited', () => checkout.write('apps/api/src/main.ts', 'export const answer = 2;\n')],
    ['a source is added', () => checkout.write('libs/shared/src/new.ts', 'export const added = 1;\n')],
    ['a source is removed', () => rmSync(join(checkout.root, 'libs/shared/src/deep/index.ts'))],
    [
      'a source is renamed',
      () => {
        rmSync(join(checkout.root, 'libs/shared/src/deep'), { recursive: true });
        checkout.write('libs/shared/src/index.ts', 'export const deep = true;\n');
      },
    ],
    ['the compiler settings change', () => checkout.write('.swcrc', read('.swcrc').replace('es2023', 'es2022'))],
    ['the build was removed', () => rmSync(join(checkout.root, 'dist'), { recursive: true })],
  ])('builds again when %s', async (_case, change) => {
    await prepare();
    change();
    expect((await prepare()).output).toMatch(/^Built /);
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  it('does not build again for a test or for a file that is only touched', async () => {
    await prepare();
    checkout.write('apps/api/src/main.spec.ts', 'export const test = 1;\n');
    checkout.write('apps/api/src/testing/builder.ts', 'export const builder = 1;\n');
    checkout.write('apps/api/src/main.ts', read('apps/api/src/main.ts'));
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  it('leaves the last build in place when the new one fails, and tells why', async () => {
    await prepare();
    checkout.write('apps/api/src/main.ts', 'export const = ;\n');
    const failed = await prepare();
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(/The build failed\.[\s\S]*src\/main\.ts:1/);
    expect(read('dist/apps/api/bundle/main.js')).toMatch('answer = 1');
    expect((await prepare()).code).toBe(1);
  });

  it('drops from dist what has no source any more', async () => {
    await prepare();
    rmSync(join(checkout.root, 'libs/shared'), { recursive: true });
    await prepare();
    expect(existsSync(join(checkout.root, 'dist/libs'))).toBe(false);
  });

  it('builds the web page when what it is made of has changed, and only then', async () => {
    for (const lib of ['client', 'contracts'])
      checkout.write(`libs/${lib}/src/index.ts`, 'export const there = true;\n');
    checkout.write('apps/web/index.html', '<script type="module" src="/src/main.ts"></script>\n');
    checkout.write('apps/web/src/main.ts', `document.title = '${'one '.repeat(500)}';\n`);
    expect((await prepare()).output).toMatch(/^Built .*apps\/web/);
    const page = () => read('dist/apps/web/index.html').match(/assets\/[\w-]+\.js/)?.[0] ?? '';
    const first = page();
    for (const suffix of ['', '.gz', '.br'])
      expect(existsSync(join(checkout.root, 'dist/apps/web', first + suffix))).toBe(true);
    checkout.write('apps/api/src/main.ts', 'export const answer = 2;\n');
    expect((await prepare()).output).toMatch(/^Built (?!.*apps\/web)/);
    expect(page()).toBe(first);
    checkout.write('apps/web/src/main.ts', "document.title = 'two';\n");
    expect((await prepare()).output).toMatch(/^Built .*apps\/web/);
    expect(page()).not.toBe(first);
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  it('builds whatever the state of dist when asked to by name', async () => {
    await prepare();
    expect((await run('build.mjs')).output).toMatch(/^Built /);
  });

  it('is done once by two that start together', async () => {
    const both = await Promise.all([prepare(), prepare()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ output }) => output.includes('Built '))).toHaveLength(1);
    expect(existsSync(join(checkout.root, 'dist/.lock'))).toBe(false);
  });

  it('waits for the process that holds the lock, and says for which', async () => {
    mkdirSync(join(checkout.root, 'dist'));
    writeFileSync(join(checkout.root, 'dist/.lock'), String(process.pid));
    const { child, ended } = start('prepare.mjs');
    await once(child.stderr as NodeJS.ReadableStream, 'data');
    expect(existsSync(join(checkout.root, 'dist/apps'))).toBe(false);
    rmSync(join(checkout.root, 'dist/.lock'));
    expect((await ended).output).toMatch(
      new RegExp(`^Process ${process.pid} is preparing this checkout; waiting for it .*\nBuilt `),
    );
  });

  it('is not held up by the lock of a process that has died', async () => {
    const { child, ended } = start('prepare.mjs');
    await ended;
    rmSync(join(checkout.root, 'dist/.stamp'));
    writeFileSync(join(checkout.root, 'dist/.lock'), String(child.pid));
    expect(await prepare()).toEqual({ code: 0, output: expect.stringMatching(/^Built /) });
  });
});

describe('installing', () => {
  beforeEach(() => {
    checkout.write('vendor/greeting/package.json', JSON.stringify({ name: 'greeting', version: '1.0.0' }));
    checkout.write('vendor/parting/package.json', JSON.stringify({ name: 'parting', version: '1.0.0' }));
    writeManifest(checkout, { greeting: 'vendor/greeting' });
  });

  it('runs npm ci when node_modules is missing, and not again', async () => {
    const first = await prepare();
    expect(first.output).toMatch(/^Installing packages \(npm ci\)/);
    expect(first.code).toBe(0);
    expect(existsSync(join(checkout.root, 'node_modules/greeting/package.json'))).toBe(true);
    expect(await prepare()).toEqual({ code: 0, output: '' });
  });

  it('runs npm ci when the lock file asks for something else', async () => {
    await prepare();
    writeManifest(checkout, { greeting: 'vendor/greeting', parting: 'vendor/parting' });
    expect((await prepare()).output).toMatch(/^Installing packages/);
    expect(existsSync(join(checkout.root, 'node_modules/parting/package.json'))).toBe(true);
  });

  it('recognises an npm ci that was run by hand', async () => {
    await prepare();
    rmSync(join(checkout.root, 'node_modules/.prepared'));
    const again = await prepare();
    expect(again.output).not.toMatch('Installing');
    expect(again.code).toBe(0);
  });

  it('names what is needed when the native module cannot be built', async () => {
    checkout.write(
      'vendor/native/package.json',
      JSON.stringify({ name: 'better-sqlite3', version: '1.0.0', scripts: { install: 'exit 1' } }),
    );
    writeManifest(checkout, { 'better-sqlite3': 'vendor/native' });
    const { code, output } = await prepare();
    expect(code).toBe(1);
    expect(output).toMatch('The native module better-sqlite3 could not be built');
    expect(output).toMatch('sudo apt-get install python3 make g++');
    expect(output).toMatch('xcode-select --install');
  });
});
