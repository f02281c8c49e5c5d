import { createPublicKey, type KeyObject } from 'node:crypto';

/** How Discord reaches this server, and who may act through it. */
export interface DiscordSettings {
  /** What Discord signs its calls with: Ed25519. */
  publicKey: KeyObject;
  applicationId: string;
  /** Posts where no interaction is to be answered; null: it cannot. */
  botToken: string | null;
  allowed: AllowList;
  apiUrl: string;
}

/** Ids of Discord. */
export interface AllowList {
  users: ReadonlySet<string>;
  roles: ReadonlySet<string>;
  /** Empty: any. */
  channels: ReadonlySet<string>;
}

type Get = (name: string) => string | undefined;

/** What stands before the 32 bytes of an Ed25519 key in its DER form, by RFC 8410. */
const KEY_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const ID = /^\d{17,20}$/;
const API_URL = 'https://discord.com/api';

/** Null without `DISCORD_PUBLIC_KEY`. Adds what is wrong to `problems`, and what the operator should know to `warnings`. */
export function readDiscordSettings(get: Get, problems: string[], warnings: string[]): DiscordSettings | null {
  const key = get('DISCORD_PUBLIC_KEY');
  const given = {
    applicationId: get('DISCORD_APPLICATION_ID'),
    botToken: get('DISCORD_BOT_TOKEN'),
    apiUrl: get('DISCORD_API_URL'),
    allowed: {
      users: readIds('DISCORD_ALLOWED_USERS', get, problems),
      roles: readIds('DISCORD_ALLOWED_ROLES', get, problems),
      channels: readIds('DISCORD_ALLOWED_CHANNELS', get, problems),
    },
  };
  if (key === undefined) {
    const { allowed, ...others } = given;
    const idle = Object.values(others).some(Boolean) || Object.values(allowed).some(({ size }) => size > 0);
    if (idle) warnings.push('the DISCORD_ settings have no effect without DISCORD_PUBLIC_KEY');
    return null;
  }
  const { applicationId = '', botToken = null, apiUrl = API_URL, allowed } = given;
  if (!ID.test(applicationId))
    problems.push('DISCORD_APPLICATION_ID must be the 17 to 20 digits that the portal shows beside the public key');
  // A word of its own for the header, whatever the form of tokens may be by then.
  if (botToken !== null && !/^[\x21-\x7e]{20,}$/.test(botToken))
    problems.push('DISCORD_BOT_TOKEN must be the token that the page Bot of the portal shows once');
  if (!/^https?:$/.test(URL.canParse(apiUrl) ? new URL(apiUrl).protocol : ''))
    problems.push(`DISCORD_API_URL must be a URL, such as DISCORD_API_URL=${API_URL}`);
  if (allowed.users.size + allowed.roles.size === 0)
    warnings.push('nobody may act through Discord: DISCORD_ALLOWED_USERS or DISCORD_ALLOWED_ROLES names who may');
  if (botToken === null)
    warnings.push('without DISCORD_BOT_TOKEN, Discord is not told of what takes longer than 15 minutes');
  return { publicKey: readPublicKey(key, problems), applicationId, botToken, apiUrl, allowed };
}

function readPublicKey(text: string, problems: string[]): KeyObject {
  const isHex = /^[0-9a-fA-F]{64}$/.test(text);
  if (!isHex) problems.push('DISCORD_PUBLIC_KEY must be the 64 hex digits that the portal shows on the page General');
  const bytes = Buffer.from(isHex ? text : '00'.repeat(32), 'hex');
  return createPublicKey({ key: Buffer.concat([KEY_HEAD, bytes]), format: 'der', type: 'spki' });
}

function readIds(name: string, get: Get, problems: string[]): ReadonlySet<string> {
  const ids = (get(name) ?? '').split(',').map((id) => id.trim());
  const named = ids.filter((id) => id !== '');
  if (!named.every((id) => ID.test(id)))
    problems.push(`${name} must be ids of Discord with commas between, such as ${name}=80351110224678912`);
  return new Set(named);
}
