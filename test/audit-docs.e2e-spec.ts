import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Installation, type Program, ROOT, TOKEN } from './programs.js';

const DAY_MS = 86_400_000;
const blocks = [...readFileSync(join(ROOT, 'docs/audit.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, text = '']) => text,
);
const [alias = '', ...commands] = blocks;

const here = new Installation();
const AUDIT_HEADS_FILE = join(here.folder, 'heads.ndjson');
const inFolder = (name: string) => join(here.folder, name);
let api: Program;
let taskId: string;
afterAll(() => here.end());

const signing = { AUDIT_SIGNING_KEY: inFolder('audit-key.pem'), AUDIT_HEADS_FILE };

/** Runs shell text as a reader would in the checkout, with the built command in place of what npm starts. */
async function paste(text: string, env: Record<string, string> = {}): Promise<string> {
  const script = inFolder('pasted.sh');
  const command = `npm() { shift 3; node '${join(ROOT, 'dist/apps/api/audit/verify-command.js')}' "$@"; }`;
  writeFileSync(script, `shopt -s expand_aliases\nset -eo pipefail\n${command}\n${text}`);
  const { stdout } = await promisify(execFile)('bash', [script], {
    cwd: here.folder,
    env: { PATH: process.env.PATH, API: here.url, TOKEN, ...env },
  });
  return stdout;
}

const blockWith = (text: string) => commands.find((command) => command.includes(text)) ?? '';
const dayFrom = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

describe('docs/audit.md', () => {
  it('shows how to make the key, and the server signs with it from its start to its stop', async () => {
    await paste(blockWith('openssl genpkey'));
    api = await here.startApi(signing);
    await here.startWorker({ WORKER_NAME: 'macbook' });
    ({ taskId } = await here.run('/tasks', { command: 'echo from the docs' }));
  });

  it('answers who ran what on my Mac', async () => {
    const asked = blockWith('q=macbook').replace('2026-11-17', dayFrom(-1)).replace('2026-11-18', dayFrom(1));
    expect(JSON.parse(await paste(alias + asked)).items).toMatchObject([{ action: 'task.claimed', taskId }]);
    const { items } = JSON.parse(await paste(alias + blockWith('taskId=$TASK'), { TASK: taskId }));
    expect(items.at(-1)).toMatchObject({
      action: 'task.submitted',
      actor: { name: 'WORKER_TOKEN' },
      detail: { command: 'echo from the docs' },
    });
  });

  it('shows entries with the fields that they have', async () => {
    const text = readFileSync(join(ROOT, 'docs/audit.md'), 'utf8').match(/^```json\n(.*?)^```$/ms)?.[1] ?? '';
    const [entry] = (await here.call('GET', '/audit?limit=1')).items;
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(entry));
  });

  it('verifies on the server, from an export, and from a copy with the signed heads', async () => {
    expect(JSON.parse(await paste(alias + blockWith('/audit/verify')))).toMatchObject({ ok: true });
    expect(await paste(alias + blockWith('/audit/export'))).toMatch(/what was written/);
    expect(await api.end()).toMatchObject({ code: 0 });
    copyFileSync(join(here.folder, 'data', 'openclaw.db'), inFolder('copy.db'));
    expect(await paste(blockWith('--heads'))).toMatch(/Signed heads: 2 compared.* 0 signed with a key/);
  });

  it('names a script that there is', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts['audit:verify']).toBe('node dist/apps/api/audit/verify-command.js');
  });
});
