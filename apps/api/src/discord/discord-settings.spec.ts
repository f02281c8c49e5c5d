import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readDiscordSettings } from './discord-settings.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const GOOD = {
  DISCORD_PUBLIC_KEY: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'),
  DISCORD_APPLICATION_ID: '1180000000000000000',
  DISCORD_BOT_TOKEN: 'MTE4MDAwMDAwMDAwMDAwMDAwMA.GkV7pQ.2mX9sT4wZ6r',
  DISCORD_ALLOWED_USERS: '80351110224678912, 80351110224678913',
};

function read(env: Record<string, string>) {
  const problems: string[] = [];
  const warnings: string[] = [];
  const settings = readDiscordSettings((name) => env[name] || undefined, problems, warnings);
  return { settings, problems, warnings };
}

describe('readDiscordSettings', () => {
  it('is nothing without a public key, and says so when others are set', () => {
    expect(read({})).toEqual({ settings: null, problems: [], warnings: [] });
    const { DISCORD_PUBLIC_KEY: _, ...others } = GOOD;
    expect(read(others)).toMatchObject({ settings: null, warnings: [expect.stringContaining('no effect')] });
  });

  it('reads the key that the portal shows, and who may act', () => {
    const { settings, problems, warnings } = read(GOOD);
    expect([problems, warnings]).toEqual([[], []]);
    expect(settings).toMatchObject({ applicationId: '1180000000000000000', apiUrl: 'https://discord.com/api' });
    expect([...(settings?.allowed.users ?? [])]).toEqual(['80351110224678912', '80351110224678913']);
    const signature = sign(null, Buffer.from('hello'), privateKey);
    expect(settings && verify(null, Buffer.from('hello'), settings.publicKey, signature)).toBe(true);
  });

  it.each([
    ['DISCORD_PUBLIC_KEY', 'abc'],
    ['DISCORD_APPLICATION_ID', ''],
    ['DISCORD_APPLICATION_ID', 'mine'],
    ['DISCORD_BOT_TOKEN', 'short'],
    ['DISCORD_BOT_TOKEN', 'with a space in it, and long'],
    ['DISCORD_API_URL', 'discord.com'],
    ['DISCORD_ALLOWED_USERS', 'alice'],
    ['DISCORD_ALLOWED_ROLES', '1,2'],
    ['DISCORD_ALLOWED_CHANNELS', '#general'],
  ])('names %s when it is %j, and never the token', (name, value) => {
    const { problems } = read({ ...GOOD, [name]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must be`))]);
    if (name === 'DISCORD_BOT_TOKEN') expect(problems.join()).not.toContain(value);
  });

  it.each([
    ['nobody may act', { DISCORD_ALLOWED_USERS: '' }],
    ['without DISCORD_BOT_TOKEN', { DISCORD_BOT_TOKEN: '' }],
  ])('warns: %s', (words, change) => {
    expect(read({ ...GOOD, ...change }).warnings).toEqual([expect.stringContaining(words)]);
  });
});
