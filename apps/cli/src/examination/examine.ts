import { OpenClawClient, RefusedError, type WorkerRecord } from '#client';
import { VERSION } from '#version';
import { formatDuration } from '../durations.js';
import type { Profile } from '../profiles.js';
import { roleOf } from '../role.js';
import { addressFix, reasonOf } from './address.js';

/** `warning`: most goes well, but something will not. `fix` says what to do. */
export interface Finding {
  check: string;
  level: 'ok' | 'warning' | 'problem';
  found: string;
  fix?: string;
}

/** A clock that is off by more makes `runAt`, `from` and `to` mean something else. */
const MOST_SKEW_MS = 5000;
/** For how long a worker may be busy before it is not asked for claude, and how long claude may take to name its version. */
const CLAUDE_MS = { expiresIn: 5000, timeout: 20_000 };

const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });
const warning = (check: string, found: string, fix: string): Finding => ({ check, level: 'warning', found, fix });
const problem = (check: string, found: string, fix: string): Finding => ({ check, level: 'problem', found, fix });

/** Looks for what keeps a command from running, one after the other; ends with what makes the rest pointless. */
export async function* examine(profile: Profile): AsyncGenerator<Finding> {
  const { url } = profile;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    yield problem('server', `${url} is no address`, 'ocw login https://tasks.example.org, or OCW_URL=https://…');
    return;
  }
  const client = new OpenClawClient({ ...profile, retryFor: 0 });
  try {
    const { version } = await client.health();
    yield ok('server', `${url} answers`);
    yield versionFinding(version);
  } catch (error) {
    yield problem('server', reasonOf(error as Error), addressFix(error, url));
    return;
  }
  yield encryptionFinding(new URL(url));
  yield await clockFinding(url);
  let role: string;
  try {
    role = await roleOf(client);
  } catch (error) {
    yield problem('token', (error as Error).message, tokenFix(error));
    return;
  }
  const reads = 'it may read, and not run anything';
  yield role === 'viewer'
    ? warning('token', `good, with the role viewer: ${reads}`, 'ocw login with a token of the role client or admin')
    : ok('token', `good, with the role ${role}`);
  const online = (await client.workers.list()).filter(({ status }) => status !== 'offline');
  yield workersFinding(online);
  yield* online.filter(({ version }) => version !== VERSION).map(workerVersionFinding);
  if (role !== 'viewer') yield* await Promise.all(online.filter(mayAskClaude).map((one) => claudeFinding(client, one)));
}

function versionFinding(version: string): Finding {
  if (version === VERSION) return ok('version', `${VERSION}, here and there`);
  return warning('version', `the server has ${version}, this ocw ${VERSION}`, 'install the same version on both sides');
}

function encryptionFinding({ protocol, hostname }: URL): Finding {
  if (protocol === 'https:') return ok('encryption', 'https, with a certificate that is trusted here');
  if (/^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname)) return ok('encryption', 'plain http on this machine');
  const fix = 'put a proxy with TLS in front of the server, and ocw login with its https address';
  return problem('encryption', 'plain http: whoever is on the way can read the token and send commands', fix);
}

async function clockFinding(url: string): Promise<Finding> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/health/live`);
  const skew = Math.abs(Date.now() - Date.parse(response.headers.get('date') ?? ''));
  if (Number.isNaN(skew) || skew < MOST_SKEW_MS) return ok('clock', 'the same time here and there');
  return warning('clock', `${formatDuration(skew)} apart from the server`, 'let both machines set their clocks by NTP');
}

function tokenFix(error: unknown): string {
  if ((error as RefusedError).status === 403) return 'it is a token for workers: use one of the role client or admin';
  return 'ocw login with a token that is valid; on the server, `ocw tokens` lists them';
}

function workersFinding(online: readonly WorkerRecord[]): Finding {
  if (online.length === 0)
    return problem('worker', 'none is online', 'on the machine to control: ocw worker, or for good ocw worker install');
  const names = online.map(({ name }) => name).join(', ');
  const draining = online.filter(({ status }) => status === 'draining');
  if (draining.length < online.length) return ok('worker', `online: ${names}`);
  return problem('worker', `all that are online drain: ${names}`, `ocw resume ${draining[0]?.name} lets it take tasks`);
}

function workerVersionFinding({ name, version }: WorkerRecord): Finding {
  return warning(
    'version',
    `the worker ${name} has ${version ?? 'none'}, this ocw ${VERSION}`,
    'install the same there',
  );
}

const mayAskClaude = ({ status, kinds }: WorkerRecord) =>
  status === 'online' && kinds.includes('claude-cli') && kinds.includes('command');

/** Asks the machine itself, by a command: the shell that finds claude there is the one that tasks get. */
async function claudeFinding({ tasks }: OpenClawClient, { name }: WorkerRecord): Promise<Finding> {
  const command = 'if command -v claude >/dev/null; then claude --version; else echo none; fi';
  const record = await tasks.run({ command, worker: name, ...CLAUDE_MS });
  if (record.status === 'expired') return warning('claude', `${name} was too busy to be asked`, 'run ocw doctor again');
  if (record.stdout.trim() === 'none')
    return warning(
      'claude',
      `not on ${name}: ocw claude does not work there`,
      'npm install --global @anthropic-ai/claude-code there, on the PATH of your login shell, and start the worker again',
    );
  if (record.status === 'completed') return ok('claude', `on ${name}: ${record.stdout.trim()}`);
  return warning(
    'claude',
    `on ${name}: ${record.stderr.trim() || record.error || record.status}`,
    'run claude there by hand',
  );
}
