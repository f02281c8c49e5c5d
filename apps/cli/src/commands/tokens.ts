import type { TokenRecord, TokenRole } from '#contracts';
import { durationOption } from '../durations.js';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { harmless, listing, say, type Terminal } from '../terminal.js';
import { formatTime } from '../times.js';
import { UsageError } from '../usage-error.js';

export async function listTokens(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const tokens = await client.tokens.list();
  if (json) {
    printJson(terminal, tokens);
    return EXIT.ok;
  }
  const at = (time: number | null) => (time === null ? 'never' : formatTime(time));
  const rows = tokens.map(({ id, name, role, expiresAt, lastUsedAt }) => [
    id,
    harmless(name),
    role,
    at(expiresAt),
    at(lastUsedAt),
  ]);
  const nothing = 'There is no token but the WORKER_TOKEN of the server: ocw tokens add NAME makes one.';
  terminal.stdout.write(listing(terminal, ['TOKEN', 'NAME', 'ROLE', 'EXPIRES', 'LAST USED'], rows, nothing));
  return EXIT.ok;
}

/** The secret goes to standard output alone, so that it can be piped; it is never shown again. */
export async function addToken(
  terminal: Terminal,
  name: string,
  role: TokenRole,
  options: CommonOptions & { expires?: string },
): Promise<number> {
  const session = openSession(terminal, options);
  const expiresIn = durationOption('--expires', options.expires);
  return secret(session, await session.client.tokens.create({ name, role, expiresIn }));
}

export async function rotateToken(
  terminal: Terminal,
  which: string,
  options: CommonOptions & { grace?: string },
): Promise<number> {
  const session = openSession(terminal, options);
  const graceMs = durationOption('--grace', options.grace);
  return secret(session, await session.client.tokens.rotate((await found(session, which)).id, graceMs));
}

export async function revokeToken(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const { id, name } = await found(session, which);
  await session.client.tokens.revoke(id);
  if (session.json) printJson(terminal, { id, revoked: true });
  else terminal.stdout.write(`${harmless(name)} is good for nothing any more.\n`);
  return EXIT.ok;
}

function secret({ terminal, json }: Session, created: TokenRecord & { token: string }): number {
  if (json) {
    printJson(terminal, created);
    return EXIT.ok;
  }
  say(terminal, `the token ${harmless(created.name)} (${created.role}) is shown this once:`);
  terminal.stdout.write(`${created.token}\n`);
  return EXIT.ok;
}

/** By id, or by a name that only one has. */
async function found({ client }: Session, which: string): Promise<TokenRecord> {
  const named = (await client.tokens.list()).filter(({ id, name }) => id === which || name === which);
  const [one] = named;
  if (!one) throw new UsageError(`there is no token ${which}: ocw tokens lists them`);
  if (named.length > 1) throw new UsageError(`${named.length} tokens are named ${which}: say which by its id`);
  return one;
}
