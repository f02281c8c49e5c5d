import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '#discord';
import { loadConfig } from '../../apps/api/src/config.js';
import { ROOT, TOKEN } from '../programs.js';

const page = readFileSync(join(ROOT, 'docs/discord.md'), 'utf8');

describe('docs/discord.md', () => {
  it('lists the commands that there are', () => {
    const listed = [...page.matchAll(/^\| `\/(\w+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(COMMANDS.map(({ name }) => name));
  });

  it('shows settings that the server takes', () => {
    const [, lines = ''] = page.match(/```ini\n([\s\S]*?)```/) ?? [];
    const settings = [...lines.matchAll(/^ *(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    const { discord, warnings } = loadConfig({ WORKER_TOKEN: TOKEN, ...Object.fromEntries(settings) });
    expect(warnings).toEqual([]);
    expect(discord?.allowed.users.size).toBe(1);
  });
});
