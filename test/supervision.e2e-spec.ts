import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Checkout } from './checkout.js';
import { freePort, Launched, processes } from './launched.js';
import { API, checkoutOf, WORKER, WORKER_CALLS } from './stand-ins.js';

jest.setTimeout(60_000);

let checkout: Checkout;
let launched: Launched;
let port: string;
beforeEach(async () => {
  port = await freePort();
});
afterEach(async () => {
  await launched.dispose();
  checkout.remove();
});

/** Starts these programs in the place of the real ones. */
function launch({ api = API, worker = WORKER, env = {}, options = [] as string[] } = {}): Launched {
  checkout = checkoutOf(api, worker);
  return relaunch(env, options);
}

function relaunch(env: Record<string, string> = {}, options: string[] = []): Launched {
  launched = new Launched(checkout.root, { WORKER_PORT: port, ...env }, options);
  return launched;
}

/** What was started from the checkout and still runs. */
const left = () => processes().filter(({ command }) => command.includes(checkout.root));

const STUBBORN = "process.on('SIGTERM', () => console.log('not yet'));";

describe('the end', () => {
  it('comes to the worker first and to the API only when the worker is gone', async () => {
    launch({ worker: WORKER.replace('process.exit(0)', 'setTimeout(() => process.exit(0), 100)') });
    await launched.up();
    launched.signal('SIGTERM');
    expect(await launched.ended).toBe(0);
    const ends = launched.output.match(/^(worker|api) +\| .*asked to end$/gm);
    expect(ends?.map((line) => line.slice(0, 6))).toEqual(['worker', 'api   ']);
    expect(left()).toEqual([]);
  });

  it('kills both at the third Ctrl-C', async () => {
    launch({ worker: STUBBORN + WORKER_CALLS });
    await launched.up();
    await launched.press('Stopping:');
    await launched.press('Cancelling');
    await launched.press('Killing');
    expect(await launched.ended).toBe(1);
    expect(left()).toEqual([]);
  });

  it('comes to a launcher that is asked before all is up', async () => {
    launch({ worker: "console.log('never calls'); setInterval(() => undefined, 60_000);" });
    await launched.until('never calls');
    launched.signal('SIGINT');
    expect(await launched.ended).toBe(0);
    expect(launched.output).not.toMatch('is up');
    expect(left()).toEqual([]);
  });
});

describe('a program that ends by itself', () => {
  it('takes the other one and the launcher with it', async () => {
    launch();
    await launched.up();
    await fetch(`http://127.0.0.1:${port}/stand-in/die`).catch(() => undefined);
    expect(await launched.ended).toBe(1);
    expect(launched.output).toMatch('The API ended by itself (exit code 3); its last lines are above.');
    expect(launched.output).toMatch(/^worker \| asked to end$/m);
    expect(left()).toEqual([]);
  });

  it('is told of with its last words when it was not ready yet, and with their cause where that is known', async () => {
    launch({ api: "console.error('Error: listen EADDRINUSE: address already in use'); process.exitCode = 1;" });
    expect(await launched.ended).toBe(1);
    expect(launched.output).toMatch(
      /^api {4}\| Error: listen EADDRINUSE.*\nThe API ended before it was ready \(exit code 1\).*\nPort \d+ is in use/m,
    );
    expect(left()).toEqual([]);
  });
});

describe('the environment', () => {
  const TELLS = `console.log(JSON.stringify(process.env));${WORKER}`;

  it("keeps the server's and npm's variables from the worker, and tells it where the API and its folder are", async () => {
    const ofServer = { DATABASE_URL: 'file:x.db', RETENTION_DAYS: '7', SHUTDOWN_GRACE_MS: '10', TRUST_PROXY: 'none' };
    const ofNpm = { npm_lifecycle_event: 'start', npm_config_x: '1', INIT_CWD: '/', NODE: '/usr/bin/node' };
    const PATH = '/project/node_modules/.bin:/usr/bin:/npm/lib/node-gyp-bin:/bin';
    launch({ worker: TELLS, env: { ...ofServer, ...ofNpm, PATH, HOST: '0.0.0.0', OWN: 'kept' } });
    await launched.up();
    const env = JSON.parse(launched.output.match(/^worker \| (\{.*)$/m)?.[1] ?? '');
    expect(env).toMatchObject({
      WORKER_URL: `http://127.0.0.1:${port}`,
      SPOOL_DIR: join(checkout.root, 'data/worker'),
      WORKER_TOKEN: readFileSync(join(checkout.root, 'data/token'), 'utf8').trim(),
      PATH: '/usr/bin:/bin',
      OWN: 'kept',
    });
    const withheld = [...Object.keys(ofServer), ...Object.keys(ofNpm), 'HOST', 'WORKER_PORT'];
    expect(Object.keys(env).filter((name) => withheld.includes(name))).toEqual([]);
  });

  it('does not send the worker to the API beside it through a proxy', async () => {
    launch({ worker: TELLS, env: { HTTP_PROXY: 'http://proxy.example:3128', NO_PROXY: 'intra.example' } });
    const [, env = ''] = (await launched.up()).match(/^worker \| (\{.*)$/m) ?? [];
    expect(JSON.parse(env)).toMatchObject({ no_proxy: 'intra.example,127.0.0.1' });
  });

  it('carries the token, which no command line does', async () => {
    launch();
    await launched.up();
    const token = readFileSync(join(checkout.root, 'data/token'), 'utf8').trim();
    expect(left()).toHaveLength(3);
    expect(left().filter(({ command }) => command.includes(token))).toEqual([]);
  });
});

describe('the token file', () => {
  it.each(['', 'ocw_short', 'something else\n'])(
    'is an error when it holds %j, and stays as it is',
    async (content) => {
      checkout = checkoutOf(API, WORKER);
      checkout.write('data/token', content);
      relaunch();
      expect(await launched.ended).toBe(1);
      expect(launched.output).toMatch(`${join(checkout.root, 'data/token')} does not hold a token`);
      expect(readFileSync(join(checkout.root, 'data/token'), 'utf8')).toBe(content);
    },
  );

  it('is closed to others, with a warning, when they can read it', async () => {
    checkout = checkoutOf(API, WORKER);
    checkout.write('data/token', `ocw_${'a'.repeat(43)}\n`);
    chmodSync(join(checkout.root, 'data/token'), 0o644);
    relaunch();
    expect(await launched.up()).toMatch('could be read by others (mode 644) and has been set to 600');
    expect(statSync(join(checkout.root, 'data/token')).mode & 0o777).toBe(0o600);
  });

  it('is named when it cannot be written', async () => {
    checkout = checkoutOf(API, WORKER);
    checkout.write('data', 'a file where the folder should be');
    relaunch();
    expect(await launched.ended).toBe(1);
    expect(launched.output).toMatch(`${join(checkout.root, 'data/token')}: the token cannot be kept there`);
    expect(existsSync(join(checkout.root, 'dist/apps'))).toBe(true);
  });
});

describe('the lines of a program', () => {
  it('are marked and passed on whole, however they arrive', async () => {
    const long = 'x'.repeat(1_000_000);
    launch({
      worker: `
        const pause = () => new Promise((resolve) => setImmediate(resolve));
        const pieces = [Buffer.from('h'), Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), Buffer.from('!\\n\\n')];
        for (const piece of pieces) { process.stdout.write(piece); await pause(); }
        console.log('x'.repeat(1_000_000));
        console.log('{"level":"not ours"}');
        console.log('{"level":3');
        console.log('{"level":30,"time":0,"msg":"two\\\\nlines"}');
        console.error('to standard error');
        process.stdout.write('without an end', () => process.exit(2));`,
    });
    expect(await launched.ended).toBe(1);
    const lines = launched.output.split('\n').filter((line) => line.startsWith('worker |'));
    const ofStdout = lines.filter((line) => line !== 'worker | to standard error').map((line) => line.slice(9));
    expect(ofStdout).toEqual([
      'hé!',
      '',
      long,
      '{"level":"not ours"}',
      '{"level":3',
      expect.stringMatching(/^\[\d\d:\d\d:\d\d\] INFO: two$/),
      expect.stringMatching(/lines$/),
      'without an end',
    ]);
    expect(lines).toContain('worker | to standard error');
  });
});

describe('npm run dev', () => {
  it('starts the programs anew when a source changes, and keeps them when that cannot be built', async () => {
    launch({ options: ['--watch'] });
    await launched.up();
    const before = launched.programs();

    checkout.write('apps/worker/src/main.ts', 'const = ;\n');
    await launched.until('The build failed.');
    expect(launched.programs()).toEqual(before);

    checkout.write('apps/worker/src/main.ts', `console.log('second version');${WORKER}`);
    await launched.until(/worker \| second version[\s\S]*Ctrl-C stops both/);
    expect(launched.programs().filter((pid) => before.includes(pid))).toEqual([]);

    checkout.write('apps/worker/src/main.ts', 'process.exit(7);\n');
    await launched.until('Waiting for a change');
    checkout.write('apps/worker/src/main.ts', `console.log('third version');${WORKER}`);
    await launched.until(/worker \| third version[\s\S]*Ctrl-C stops both/);

    launched.signal('SIGINT');
    expect(await launched.ended).toBe(0);
    expect(left()).toEqual([]);
  });
});
