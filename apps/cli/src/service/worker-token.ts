import { hostname } from 'node:os';
import { OpenClawClient, RefusedError } from '#client';
import { chosenProfile, type Profile } from '../profiles.js';
import { UsageError } from '../usage-error.js';
import type { SettingsFile } from './settings-file.js';

/** Where a token of a worker is from. */
export type TokenSource = 'environment' | 'kept' | 'made';

/**
 * Puts address and token into the settings: those of the environment, or those that are there and still good, or a new token
 * of the role `worker` at the server that `ocw login` knows. Throws a `UsageError` when that may make none.
 */
export async function settleToken(
  settings: SettingsFile,
  env: NodeJS.ProcessEnv,
  profileName: string | undefined,
): Promise<TokenSource> {
  // What a new file has is an example.
  const installed = settings.isThere ? settings.get('WORKER_URL') : undefined;
  if (env.WORKER_TOKEN) {
    const url = env.WORKER_URL || installed;
    if (!url) throw new UsageError('WORKER_TOKEN is set and WORKER_URL is not: say where its server is');
    settings.set('WORKER_URL', url);
    settings.set('WORKER_TOKEN', env.WORKER_TOKEN);
    settings.tokenId = undefined;
    return 'environment';
  }
  const profile = settings.isThere ? profileIfAny(profileName, env) : chosenProfile(profileName, env);
  const named = env.WORKER_URL || (profileName === undefined ? undefined : profile?.url);
  const url = named || installed || profile?.url || '';
  const kept = settings.isThere ? settings.get('WORKER_TOKEN') : undefined;
  if (kept !== undefined && settings.get('WORKER_URL') === url && (await isGood({ url, token: kept }))) return 'kept';
  const maker = profile ?? chosenProfile(profileName, env);
  if (!isSameServer(maker.url, url))
    throw new UsageError(
      `the worker is to be one of ${url}, and ocw is logged in at ${maker.url}: name the profile of the first with --profile, or the token itself with WORKER_TOKEN`,
    );
  const made = await makeToken(maker);
  settings.set('WORKER_URL', url);
  settings.set('WORKER_TOKEN', made.token);
  settings.tokenId = made.id;
  return 'made';
}

export function isSameServer(one: string, other: string): boolean {
  const trimmed = (url: string) => url.replace(/\/+$/, '');
  return trimmed(one) === trimmed(other);
}

function profileIfAny(name: string | undefined, env: NodeJS.ProcessEnv): Profile | null {
  try {
    return chosenProfile(name, env);
  } catch (error) {
    if (name === undefined && error instanceof UsageError) return null;
    throw error;
  }
}

/** A server that cannot be asked does not make a token bad. */
async function isGood(profile: Profile): Promise<boolean> {
  try {
    await new OpenClawClient({ ...profile, retryFor: 0 }).tasks.list({}, { limit: 1 });
    return true;
  } catch (error) {
    return !(error instanceof RefusedError && error.status === 401);
  }
}

async function makeToken(profile: Profile): Promise<{ id: string; token: string }> {
  try {
    return await new OpenClawClient(profile).tokens.create({ name: `worker ${hostname()}`, role: 'worker' });
  } catch (error) {
    if (!(error instanceof RefusedError && error.status === 403)) throw error;
    throw new UsageError(
      'your token may make none for the worker. Have an admin run `ocw tokens add NAME --role worker`, then here: WORKER_URL=… WORKER_TOKEN=… ocw worker install',
    );
  }
}
