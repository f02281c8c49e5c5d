import { OpenClawClient } from '#client';
import { EXIT } from '../exit-codes.js';
import { saveProfile } from '../profiles.js';
import { roleOf } from '../role.js';
import { readSecret } from '../secret-input.js';
import { type CommonOptions, printJson } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** Checks an address and a token, and keeps them. Without a terminal, the token is read from standard input. */
export async function login(terminal: Terminal, url: string, options: CommonOptions): Promise<number> {
  if (!/^https?:\/\/\S+$/.test(url) || !URL.canParse(url))
    throw new UsageError(`${url} is no address such as https://tasks.example.org`);
  const token = terminal.env.OCW_TOKEN || (await readSecret(terminal, 'Token:'));
  if (token === '') throw new UsageError('no token was given: type it, or pipe it in, or set OCW_TOKEN');
  const client = new OpenClawClient({ url, token, retryFor: 0 });
  const { version } = await client.health();
  const role = await roleOf(client);
  const name = options.profile ?? 'default';
  const path = saveProfile(name, { url, token }, terminal.env);
  if (options.json) printJson(terminal, { profile: name, url, version, role, path });
  else
    terminal.stdout.write(
      `Signed in to ${url} (version ${version}) as ${role}; kept in ${path}.\nTry: ocw run -- uname -a\n`,
    );
  return EXIT.ok;
}
