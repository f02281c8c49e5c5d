import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig as loadServerConfig } from '../apps/api/src/config.js';
import { Receiver } from '../apps/api/test/receiver.js';
import { loadConfig as loadWorkerConfig } from '../apps/worker/src/config.js';
import { Installation, ROOT, TOKEN } from './programs.js';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

interface Block {
  language: string;
  text: string;
}
const blocksOf = (name: string): Block[] =>
  [...read(name).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));

const here = new Installation();
beforeAll(async () => {
  await here.installClaude();
  await here.startApi({ WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1' });
  await here.startWorker();
});
afterAll(() => here.end());

/** Runs shell text as a reader would, and answers what each line of JSON that it printed says. */
async function paste(text: string, variables: Record<string, string> = {}) {
  const script = join(here.folder, 'pasted.sh');
  writeFileSync(script, `shopt -s expand_aliases\nset -eo pipefail\n${text}`);
  const env = { PATH: process.env.PATH, API: here.url, TOKEN, ...variables };
  const { stdout } = await promisify(execFile)('bash', [script], { env, cwd: here.folder });
  return (
    stdout
      .split(/(?<=\})(?=\{|retry:)|\n/)
      // Of an event stream, what its events carry.
      .filter((line) => line !== '' && !/^(retry|id|event): /.test(line))
      .map((line) => JSON.parse(line.replace(/^data: /, '')))
  );
}

/** The same value with what differs from run to run taken out of it. */
const shape = (value: object) =>
  Object.fromEntries(
    Object.entries(value).map(([name, content]) =>
      /^(taskId|id|worker|requestId|.*At|duration)$/.test(name) ? [name, typeof content] : [name, content],
    ),
  );

describe('docs/api.md', () => {
  it('shows commands that work, with the answers that they give', async () => {
    const blocks = blocksOf('docs/api.md');
    const alias = blocks[0]?.text ?? '';
    expect(alias).toMatch(/^alias call=/);
    mkdirSync(join(here.home, 'notes'));
    let compared = 0;
    for (const [index, { language, text }] of blocks.entries()) {
      if (language !== 'sh') continue;
      const answers = await paste(alias + text);
      const shown = blocks[index + 1];
      if (shown?.language !== 'json') continue;
      expect(shape(answers.at(-1))).toEqual(shape(JSON.parse(shown.text)));
      compared++;
    }
    expect(compared).toBe(2);
  });
});

describe('docs/webhooks.md', () => {
  it('shows commands that work, one after another, and a message as it is sent', async () => {
    const receiver = await Receiver.listen();
    const blocks = blocksOf('docs/webhooks.md');
    const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
    const answers = await paste(commands.join(''), { RECEIVER: receiver.url });
    expect(answers).toHaveLength(5);
    expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
    const [run, rotated, tested, , paused] = answers;
    expect(run).toMatchObject({ status: 'completed', webhook: receiver.url });
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(tested).toMatchObject({ type: 'ping', webhookId: paused.id });
    const received = await receiver.first(2);
    const [shown] = blocks.filter(({ language }) => language === 'json').map(({ text }) => JSON.parse(text));
    const sent = received.map(({ body }) => JSON.parse(body)).find(({ type }) => type === shown.type);
    expect(Object.keys(shown)).toEqual(Object.keys(sent));
    for (const name of ['status', 'command', 'exitCode', 'stdout', 'cut']) {
      expect(sent.data[name]).toEqual(shown.data[name]);
    }
    expect(Object.keys(sent.data)).toEqual(expect.arrayContaining(Object.keys(shown.data)));
    await receiver.close();
  });
});

describe('docs/schedules.md', () => {
  it('shows commands that work, one after another', async () => {
    const commands = blocksOf('docs/schedules.md').filter(({ language }) => language === 'sh');
    const answers = await paste(commands.map(({ text }) => text).join(''));
    expect(answers).toHaveLength(7);
    expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
    const [made, , run] = answers;
    expect(run).toMatchObject({ status: 'completed', stdout: 'backup\n', schedule: made.id });
    expect((await here.call('GET', '/schedules')).items).toEqual([]);
  });
});

describe('docs/monitoring.md', () => {
  it('makes a token that reads the metrics and may do nothing else', async () => {
    const [{ text }] = blocksOf('docs/monitoring.md').filter(({ language }) => language === 'sh') as [Block];
    const [made] = await paste(text);
    const status = async (path: string, method = 'GET') =>
      (await fetch(here.url + path, { method, headers: { Authorization: `Bearer ${made.token}` } })).status;
    expect(await status('/metrics')).toBe(200);
    expect(await status('/tasks', 'POST')).toBe(403);
  });
});

describe('README.md', () => {
  it('shows a first command that works, with a part of its answer', async () => {
    const blocks = blocksOf('README.md');
    const first = blocks.find(({ text }) => text.includes('export API='))?.text ?? '';
    const answer = JSON.parse(blocks.find(({ language }) => language === 'json')?.text ?? '');
    // The address and the token are the running installation's here; where they come from is npm start's own test.
    const [record] = await paste(first.replace(/^export .*$/m, ''));
    const expected = { ...shape(answer), stdout: answer.stdout.replace('Linux', (await uname()).trim()) };
    expect(shape(record)).toMatchObject(expected);
  });

  it('names only files that there are', () => {
    const files = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))];
    for (const file of files) {
      const path = file === 'README.md' ? file : `docs/${file}`;
      const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
      for (const link of links) expect(() => readdirOrRead(join(ROOT, path, '..', link))).not.toThrow();
    }
  });
});

const uname = async () => (await promisify(execFile)('uname', ['-s'])).stdout;

function readdirOrRead(path: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
  }
}

describe('docs/configuration.md', () => {
  /** The variables that a program reads, found by letting it read. */
  function variablesOf(load: (env: Record<string, string | undefined>) => unknown): string[] {
    const names = new Set<string>();
    const env = new Proxy<Record<string, string | undefined>>(
      { WORKER_TOKEN: TOKEN },
      {
        get: (target, name) => {
          names.add(String(name));
          return target[String(name)];
        },
      },
    );
    load(env);
    // Those of proxies are everybody's, and told of beside the table.
    return [...names].filter((name) => !/^(https?|no)_proxy$/i.test(name)).sort();
  }
  const documented = (section: string) => {
    const text =
      read('docs/configuration.md')
        .split(/^## /m)
        .find((part) => part.startsWith(section)) ?? '';
    return [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort();
  };

  it("lists the server's settings, no more and no fewer", () => {
    expect(documented('Server')).toEqual(variablesOf(loadServerConfig));
  });

  it("lists the worker's settings, no more and no fewer", () => {
    expect(documented('Worker')).toEqual(variablesOf(loadWorkerConfig));
  });
});
