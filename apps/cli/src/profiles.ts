import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.js';

/** A server and the token for it. */
export interface Profile {
  url: string;
  token: string;
}

interface ProfileFile {
  current: string;
  profiles: Record<string, Profile>;
}

/** Where profiles are kept, readable by their owner alone. */
function profilePath(env: NodeJS.ProcessEnv): string {
  return env.OCW_CONFIG ?? join(env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config'), 'ocw', 'profiles.json');
}

/**
 * The server to talk to: `OCW_URL` and `OCW_TOKEN` before the named profile before the current one. Throws a `UsageError`
 * that says how to sign in.
 */
export function chosenProfile(name: string | undefined, env: NodeJS.ProcessEnv): Profile {
  // Empty is the same as not set.
  const [url, token] = [env.OCW_URL || undefined, env.OCW_TOKEN || undefined];
  if (url && token) return { url, token };
  const { current, profiles } = readProfiles(env);
  const known = profiles[name ?? (env.OCW_PROFILE || current)];
  if (!known && name !== undefined) {
    const names = Object.keys(profiles);
    throw new UsageError(`there is no profile ${name}${names.length > 0 ? `; there are ${names.join(', ')}` : ''}`);
  }
  if (!known && !token) throw new UsageError('not signed in: run `ocw login`, or set OCW_URL and OCW_TOKEN');
  return { url: url ?? known?.url ?? 'http://127.0.0.1:3456', token: token ?? known?.token ?? '' };
}

function readProfiles(env: NodeJS.ProcessEnv): ProfileFile {
  const path = profilePath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: 'default', profiles: {} };
    throw error;
  }
  try {
    return JSON.parse(text) as ProfileFile;
  } catch {
    throw new UsageError(`${path} is not what ocw writes: remove it and run \`ocw login\``);
  }
}

/** Keeps a profile and makes it the current one. */
export function saveProfile(name: string, profile: Profile, env: NodeJS.ProcessEnv): string {
  const path = profilePath(env);
  const { profiles } = readProfiles(env);
  const next: ProfileFile = { current: name, profiles: { ...profiles, [name]: profile } };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  // An older file of that name may have been open to others.
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
  return path;
}
