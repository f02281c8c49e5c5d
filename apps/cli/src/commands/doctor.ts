import { OpenClawClient, RefusedError, UnreachableError } from '#client';
import { VERSION } from '#version';
import { formatDuration } from '../durations.js';
import { EXIT } from '../exit-codes.js';
import { chosenProfile } from '../profiles.js';
import { type CommonOptions, printJson } from '../session.js';
import { painter, type Terminal } from '../terminal.js';
import { roleOf } from './login.js';

interface Finding {
  check: string;
  ok: boolean;
  found: string;
  fix?: string;
}

/** A clock that is off by more makes `runAt`, `from` and `to` mean something else. */
const MOST_SKEW_MS = 5000;

/** Looks for what keeps a command from running, in the order in which things can go wrong; each finding with its fix. */
export async function doctor(terminal: Terminal, options: CommonOptions): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of findingsOf(terminal, options)) {
    findings.push(finding);
    if (!options.json) terminal.stdout.write(line(terminal, finding));
  }
  if (options.json) printJson(terminal, findings);
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

async function* findingsOf(terminal: Terminal, { profile: name }: CommonOptions): AsyncGenerator<Finding> {
  const profile = chosenProfile(name, terminal.env);
  const client = new OpenClawClient({ ...profile, retryFor: 0 });
  const { protocol, hostname } = new URL(profile.url);
  const isNear = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  try {
    const { version } = await client.health();
    yield { check: 'server', ok: true, found: `${profile.url} answers, version ${version}` };
    yield {
      check: 'version',
      ok: version === VERSION,
      found: version === VERSION ? `the same here: ${VERSION}` : `the server has ${version}, this ocw ${VERSION}`,
      fix: 'install the same version on both sides',
    };
  } catch (error) {
    yield { check: 'server', ok: false, found: (error as Error).message, fix: addressFix(error, profile.url) };
    return;
  }
  yield {
    check: 'encryption',
    ok: protocol === 'https:' || isNear,
    found:
      protocol === 'https:'
        ? 'https'
        : isNear
          ? 'plain http on this machine'
          : 'plain http: the token can be read on the way',
    fix: 'put a proxy with TLS in front of the server, and use its https address',
  };
  try {
    yield { check: 'token', ok: true, found: `good, with the role ${await roleOf(client)}` };
  } catch (error) {
    const { status } = error as RefusedError;
    const fix =
      status === 403
        ? 'it is a token for workers: use one with the role client or admin'
        : 'run `ocw login` with a token that is valid';
    yield { check: 'token', ok: false, found: (error as Error).message, fix };
    return;
  }
  yield await clockFinding(profile.url);
  const workers = await client.workers.list();
  const online = workers.filter(({ status }) => status !== 'offline');
  yield {
    check: 'worker',
    ok: online.length > 0,
    found: online.length > 0 ? `online: ${online.map(({ name: worker }) => worker).join(', ')}` : 'none is online',
    fix: 'start one on the machine to control: `ocw worker`',
  };
}

async function clockFinding(url: string): Promise<Finding> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/health/live`);
  const there = Date.parse(response.headers.get('date') ?? '');
  const skew = Math.abs(Date.now() - there);
  const ok = Number.isNaN(there) || skew < MOST_SKEW_MS;
  const found = ok ? 'the same time on both sides' : `${formatDuration(skew)} apart from the server`;
  return { check: 'clock', ok, found, fix: 'let both machines set their clocks by NTP' };
}

function addressFix(error: unknown, url: string): string {
  if (error instanceof RefusedError) return `something else answers at ${url}: check the address`;
  if (error instanceof UnreachableError && /certificate|self-signed|ERR_TLS/i.test(error.message)) {
    return 'have Node trust the certificate: NODE_EXTRA_CA_CERTS=file';
  }
  return `start the server, or check the address: ocw login ${url}`;
}

function line({ stdout, env }: Terminal, { check, ok, found, fix }: Finding): string {
  const paint = painter(stdout, env);
  const mark = ok ? paint('green', 'ok ') : paint('red', 'BAD');
  return `${mark}  ${check.padEnd(10)}  ${found}\n${ok || !fix ? '' : `${' '.repeat(17)}${fix}\n`}`;
}
