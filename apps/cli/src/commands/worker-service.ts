import { homedir, hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { OpenClawClient, RefusedError } from '#client';
import { PACKAGE_FOLDER } from '#version';
import { EXIT } from '../exit-codes.js';
import { chosenProfile } from '../profiles.js';
import { launchd } from '../service/launchd.js';
import { pm2 } from '../service/pm2.js';
import { SettingsFile } from '../service/settings-file.js';
import type { Place, Supervisor } from '../service/supervisor.js';
import { systemd } from '../service/systemd.js';
import { isSameServer, settleToken } from '../service/worker-token.js';
import { type CommonOptions, printJson } from '../session.js';
import { say, type Terminal, table } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface ServiceOptions extends CommonOptions {
  systemd?: boolean;
  launchd?: boolean;
  pm2?: boolean;
}

export interface InstallOptions extends ServiceOptions {
  name?: string;
  tag?: string[];
}

/** In the order in which they are chosen. */
const SUPERVISORS: readonly Supervisor[] = [launchd, systemd, pm2];
/** How long a worker may take to say that it is there, in milliseconds. */
const ONLINE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 250;

/** Has a worker started on this machine, now and from now on; doing it again brings its settings up to date. */
export async function installWorker(terminal: Terminal, options: InstallOptions): Promise<number> {
  const place = placeOf(terminal);
  const supervisor = chosen(place, options);
  const settings = new SettingsFile(place);
  const token = await settleToken(settings, terminal.env, options.profile);
  if (options.name !== undefined) settings.set('WORKER_NAME', options.name);
  if (options.tag) settings.set('WORKER_TAGS', options.tag.join(','));
  settings.setNode();
  const changed = settings.save();
  const { done, hints } = supervisor.install(place, changed);
  const name = settings.get('WORKER_NAME') ?? hostname();
  const online = await comesOnline(terminal, options, { name, url: settings.get('WORKER_URL') ?? '' });
  const file = supervisor.file(place);
  if (options.json) {
    const told = {
      supervisor: supervisor.name,
      settings: settings.path,
      file,
      token,
      worker: name,
      online,
      done,
      hints,
    };
    printJson(terminal, told);
    return EXIT.ok;
  }
  const origin = {
    environment: 'the token of WORKER_TOKEN',
    kept: 'the token that was there',
    made: 'a new token of its own',
  };
  const lines = [
    `Settings: ${settings.path}, readable by you alone, with ${origin[token]}.`,
    ...(file === null ? [] : [`Service:  ${file}`]),
    done,
    ...(online === null ? [] : [online ? `${name} is online.` : `${name} is not online yet: its log tells why.`]),
  ];
  const further = { ...hints, 'take it away again': 'ocw worker uninstall' };
  const rows = Object.entries(further).map(([what, how]) => [`  ${what}`, how]);
  terminal.stdout.write(`${lines.join('\n')}\n\n${table(rows)}`);
  return EXIT.ok;
}

/** Ends the worker once its tasks have ended, and removes what `installWorker` has made, its token included. */
export async function uninstallWorker(terminal: Terminal, options: ServiceOptions): Promise<number> {
  const place = placeOf(terminal);
  const settings = new SettingsFile(place);
  const { tokenId } = settings;
  say(terminal, 'a worker that runs ends once its tasks have');
  const asked = SUPERVISORS.filter(({ name }) => options[name] === true);
  const candidates = asked.length > 0 ? asked : SUPERVISORS.filter((one) => one.missing(place) === null);
  const removed = candidates.filter((one) => one.uninstall(place)).map(({ name }) => name);
  const hadSettings = settings.remove();
  const revoked = tokenId !== undefined && (await revoke(terminal, options, tokenId));
  const kept = `${place.home}/.openclaw-worker`;
  if (options.json) {
    printJson(terminal, { removed, settings: hadSettings ? settings.path : null, revoked, kept });
    return EXIT.ok;
  }
  if (removed.length === 0 && !hadSettings) terminal.stdout.write('No worker is installed here.\n');
  else {
    const lines = [
      removed.length > 0 ? `Removed from ${removed.join(' and ')}.` : 'No supervisor knew of it.',
      ...(hadSettings ? [`Removed ${settings.path}.`] : []),
      ...(revoked ? ['Its token is good for nothing any more.'] : []),
      ...(tokenId !== undefined && !revoked ? [`Its token still is good: ocw tokens revoke ${tokenId}`] : []),
      `Kept ${kept}: its identity, its logs, and results that are still to be delivered.`,
    ];
    terminal.stdout.write(`${lines.join('\n')}\n`);
  }
  return EXIT.ok;
}

function placeOf({ env }: Terminal): Place {
  const root = PACKAGE_FOLDER;
  if (/\/_npx\//.test(root))
    throw new UsageError('npx keeps this program only for a while: npm install --global it, then ocw worker install');
  return { root, home: env.HOME || homedir(), env };
}

function chosen(place: Place, options: ServiceOptions): Supervisor {
  const asked = SUPERVISORS.filter(({ name }) => options[name] === true);
  if (asked.length > 1) throw new UsageError(`choose one of ${asked.map(({ name }) => `--${name}`).join(' and ')}`);
  const considered = asked.length === 1 ? asked : SUPERVISORS;
  const missing = considered.map((one) => ({ one, why: one.missing(place) }));
  const there = missing.find(({ why }) => why === null);
  if (there) return there.one;
  throw new UsageError(
    `nothing is here that could keep a worker running:\n${missing.map(({ one, why }) => `  ${one.name}: ${why}`).join('\n')}`,
  );
}

/** Null when nobody who may read that is signed in at the worker's server. */
async function comesOnline(
  terminal: Terminal,
  options: CommonOptions,
  { name, url }: { name: string; url: string },
): Promise<boolean | null> {
  let client: OpenClawClient;
  try {
    const profile = chosenProfile(options.profile, terminal.env);
    if (!isSameServer(profile.url, url)) return null;
    client = new OpenClawClient(profile);
  } catch {
    return null;
  }
  for (const until = performance.now() + ONLINE_WITHIN_MS; performance.now() < until; await delay(LOOK_EVERY_MS)) {
    try {
      if ((await client.workers.read(name)).status !== 'offline') return true;
    } catch (error) {
      if (!(error instanceof RefusedError && error.status === 404)) return null;
    }
  }
  return false;
}

async function revoke(terminal: Terminal, options: CommonOptions, tokenId: string): Promise<boolean> {
  try {
    await new OpenClawClient(chosenProfile(options.profile, terminal.env)).tokens.revoke(tokenId);
    return true;
  } catch {
    // Whoever uninstalls is told how to do it by hand.
    return false;
  }
}
