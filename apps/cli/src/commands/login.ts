import { createInterface } from 'node:readline';
import { OpenClawClient, RefusedError } from '#client';
import { EXIT } from '../exit-codes.js';
import { saveProfile } from '../profiles.js';
import { type CommonOptions, printJson } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** Checks an address and a token, and keeps them. Without a terminal, the token is read from standard input. */
export async function login(terminal: Terminal, url: string, options: CommonOptions): Promise<number> {
  if (!/^https?:\/\/\S+$/.test(url)) throw new UsageError(`${url} is no address such as https://tasks.example.org`);
  const token = terminal.env.OCW_TOKEN || (await readToken(terminal));
  if (token === '') throw new UsageError('no token was given');
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

/** What the token may do, as far as asking tells. */
export async function roleOf(client: OpenClawClient): Promise<'admin' | 'viewer' | 'client'> {
  if (await allows(() => client.tokens.list())) return 'admin';
  if (await allows(() => client.audit.list({}, { limit: 1 }))) return 'viewer';
  // Anything else is told of: a token that is not known, or one that is good for a worker alone.
  await client.tasks.list({}, { limit: 1 });
  return 'client';
}

async function allows(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 403) return false;
    throw error;
  }
}

/** A line of standard input; on a terminal it is not shown. */
function readToken({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) {
    stderr.write('Token: ');
    stdin.setRawMode(true);
  }
  return new Promise((resolve, reject) => {
    if (!stdin.isTTY) {
      createInterface({ input: stdin })
        .once('line', (line) => resolve(line.trim()))
        .once('close', () => resolve(''));
      return;
    }
    let typed = '';
    const done = (finish: () => void) => {
      stdin.off('data', key).setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const key = (bytes: Buffer) => {
      for (const sign of bytes.toString()) {
        if (sign === '\r' || sign === '\n') return done(() => resolve(typed.trim()));
        if (sign === '\u0003') return done(() => reject(new UsageError('no token was given')));
        typed = sign === '\u007f' ? typed.slice(0, -1) : typed + sign;
      }
    };
    stdin.on('data', key);
  });
}
