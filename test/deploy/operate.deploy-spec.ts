import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { guideBlocks } from './guide.js';
import { Machine, PREFIX } from './machine.js';
import { globalPm2, installPm2 } from './pm2.js';

/** What a reader decides, or has at hand: the program is there, the authority private, and the day in question today. */
const READER = `export PREFIX=${PREFIX} SITE=tasks.example.org SITE_TLS='tls internal' DAY=today`;
/** The reader's shells, as files that each block begins and ends with. What is pasted from one into the other is shared. */
const SHELL = '/var/lib/reader/shell';

/** What a block printed must show, by what it contains. */
const SHOWN: [text: string, output: RegExp][] = [
  ['health/ready', /"status":"ok"/],
  ['"name":"macbook","role":"worker"', /for the worker: ocw_\S+\nfor the phone: {2}ocw_\S+/],
  ['uname -s; uptime', /^Linux\n.*up /m],
  ['"name": "rotate-logs"', /(\d{4}-\d\d-\d\dT0[23]:30:00Z\n){3}/],
  ['/run"', /"status": "completed",\s+"exitCode": 0/],
  ['DAY=', /^\S+Z\tWORKER_TOKEN\t\S+\tuname -s; uptime$/m],
  ['start openclaw-backup', /openclaw-\S+\.db$/m],
  ['held/release', /true\n$/],
  ['list-timers', /^macbook\tonline\t0$[\s\S]*^openclaw_workers_online 1$[\s\S]*openclaw-backup\.timer/m],
  ['/drain', /^draining\nmacbook\n$/],
];

describe('docs/operate.md', () => {
  let folder: string;
  let machine: Machine;
  const blocks = guideBlocks().filter(({ marks }) => marks.length === 0);
  const printed = new Map<number, string>();

  beforeAll(async () => {
    folder = await installPm2();
    const pm2 = globalPm2(folder);
    machine = await Machine.boot([pm2.bind]);
    await machine.run(`
      ${pm2.script}
      echo '127.0.0.1 tasks.example.org' >>/etc/hosts
      useradd --create-home --shell /bin/bash ada
      install -d -o ada -m 0700 /var/lib/reader
      echo ${JSON.stringify(READER)} >${SHELL}
      chown ada ${SHELL}`);
  });
  afterAll(async () => {
    await machine.run('pm2 kill', 'ada');
    await machine.end();
    rmSync(folder, { recursive: true });
  });

  it('says of every block where it is to be pasted', () => {
    const places = new Set(guideBlocks().map(({ place }) => place));
    expect(places).toEqual(new Set(['server', 'box']));
  });

  // Each block builds on those before: after one that fails there is nothing to learn.
  it('works from top to bottom', async () => {
    for (const { line, place, text } of blocks) {
      const keep = `{ export -p | grep -v ' \\(HOME\\|USER\\|PWD\\|OLDPWD\\|SHLVL\\|PATH\\)='; declare -f; } >${SHELL}`;
      const script = `set -a\nsource ${SHELL}\n${text}\n${keep}`;
      const run = machine.run(script, place === 'box' ? 'ada' : 'root');
      const output = await run.catch(({ message }) => {
        throw new Error(`docs/operate.md, line ${line}: ${message}`);
      });
      printed.set(line, output);
    }
    expect(blocks.length).toBeGreaterThan(20);
  });

  it.each(SHOWN)('the block with %s shows what it is for', (part, output) => {
    const block = blocks.find(({ text }) => text.includes(part));
    expect(printed.get(block?.line ?? 0)).toMatch(output);
  });
});
