import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { TASK_STATUSES } from '#contracts';
import { Ocw } from './ocw.js';
import { Installation, ROOT, TOKEN } from './programs.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const blocks = (path: string, language: string) =>
  [...read(path).matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, , name]) => name === language)
    .map(([, , , text = '']) => text);

interface Configured {
  url?: string;
  headers?: Record<string, string>;
  command?: string;
  args?: string[];
}

let here: Installation;
let variables: Record<string, string>;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  const binaries = join(here.folder, 'bin');
  const ocw = new Ocw(here);
  ocw.putInto(binaries);
  variables = { ...ocw.variables(), PATH: `${binaries}:${process.env.PATH}` };
});
afterAll(() => here.end());

/** Connects as a client that has this configuration, to this installation. */
async function connect({ url, headers = {}, command = '', args }: Configured): Promise<Client> {
  const client = new Client({ name: 'a-test', version: '1' });
  if (url === undefined) {
    await client.connect(new StdioClientTransport({ command, args, env: variables }));
    return client;
  }
  const there = new URL(url.replace('https://tasks.example.org', here.url));
  const Authorization = headers.Authorization?.replace(/ocw_…|\$\{OCW_TOKEN\}/, TOKEN) ?? '';
  await client.connect(new StreamableHTTPClientTransport(there, { requestInit: { headers: { Authorization } } }));
  return client;
}

const toolNames = async (client: Client) => {
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
};

describe.each(['docs/mcp.md', 'docs/openclaw.md'])('%s', (page) => {
  it('shows commands that work', async () => {
    const commands = blocks(page, 'sh').filter((text) => text.trimStart().startsWith('ocw '));
    expect(commands).toHaveLength(1);
    for (const text of commands) await promisify(execFile)('bash', ['-ec', text], { env: variables });
    const { items } = await here.call('GET', '/tokens');
    expect(items[0]).toMatchObject({ role: 'client' });
  });

  it('shows configurations that work', async () => {
    const configurations = blocks(page, 'json').map((text) => JSON.parse(text));
    expect(configurations.length).toBeGreaterThan(0);
    for (const { mcpServers, mcp } of configurations) {
      const { machines } = (mcpServers ?? mcp.servers) as { machines: Configured };
      expect(await toolNames(await connect(machines))).toHaveLength(12);
    }
  });
});

describe('docs/mcp.md', () => {
  it('lists the tools that there are, and who may use them', async () => {
    const listed = [...read('docs/mcp.md').matchAll(/^\| `(\w+)` \| ([\w, ]+) \| .+\.? \|$/gm)];
    const admin = await connect({ command: 'ocw', args: ['mcp'] });
    expect(listed.map(([, name]) => name)).toEqual(await toolNames(admin));
    const { token } = await here.call('POST', '/tokens', { name: 'looks on', role: 'viewer' });
    const viewer = await connect({ url: `${here.url}/mcp`, headers: { Authorization: `Bearer ${token}` } });
    const looking = listed.filter(([, , roles]) => roles?.includes('viewer'));
    expect(looking.map(([, name]) => name)).toEqual(await toolNames(viewer));
  });
});

describe('examples/openclaw/SKILL.md', () => {
  const text = read('examples/openclaw/SKILL.md');

  it('has the head that OpenClaw reads', () => {
    const [, head = ''] = text.match(/^---\n([\s\S]*?)\n---\n/) ?? [];
    const fields = Object.fromEntries(head.split('\n').map((line) => line.split(/: (.*)/s, 2)));
    expect(fields).toEqual({ name: 'my-machines', description: expect.stringMatching(/ Use when /) });
    expect(read('docs/openclaw.md')).toContain(`skills/${fields.name}`);
  });

  it('names every tool, and none that there is not', async () => {
    const tools = await toolNames(await connect({ command: 'ocw', args: ['mcp'] }));
    const named = [...text.matchAll(/`([a-z]+_[a-z]+)`/g)].map(([, name = '']) => name);
    const statuses: readonly string[] = TASK_STATUSES;
    expect([...new Set(named)].filter((name) => !statuses.includes(name)).sort()).toEqual([...tools].sort());
  });
});
