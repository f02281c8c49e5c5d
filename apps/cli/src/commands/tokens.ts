import type { TokenRecord, TokenRole } from '#contracts';
import { parseDuration } from '../durations.js';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { harmless, painter, type Terminal, table } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export async function listTokens(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const tokens = await client.tokens.list();
  if (json) {
    printJson(terminal, tokens);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const at = (time: number | null, never: string) => (time === null ? never : new Date(time).toISOString());
  const rows = tokens.map(({ id, name, role, expiresAt, lastUsedAt }) => [
    id,
    harmless(name),
    role,
    at(expiresAt, 'never'),
    at(lastUsedAt, 'never'),
  ]);
  const head = ['TOKEN', 'NAME', 'ROLE', 'EXPIRES', 'LAST USED'].map((title) => paint('dim', title));
  if (rows.length === 0) terminal.stdout.write('There is no token but the WORKER_TOKEN of the server.\n');
  else terminal.stdout.write(table([head, ...rows], terminal.stdout.columns));
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
  const expiresIn = durationOf('--expires', options.expires);
  return secret(session, await session.client.tokens.create({ name, role, expiresIn }));
}

export async function rotateToken(
  terminal: Terminal,
  which: string,
  options: CommonOptions & { grace?: string },
): Promise<number> {
  const session = openSession(terminal, options);
  const graceMs = durationOf('--grace', options.grace);
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
  terminal.stderr.write(`ocw: the token ${harmless(created.name)} (${created.role}) is shown this once:\n`);
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

function durationOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === null) throw new UsageError(`${option} ${text} is no duration such as 90s or 30d`);
  return ms;
}
