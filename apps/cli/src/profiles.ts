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
  return env.OCW_CONFIG || join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'ocw', 'profiles.json');
}

/**
 * The server to talk to: the profile that is named, before `OCW_URL` and `OCW_TOKEN`, before the current profile. Throws a
 * `UsageError` that says how to sign in.
 */
export function chosenProfile(name: string | undefined, env: NodeJS.ProcessEnv): Profile {
  // Empty is the same as not set.
  const [url, token] = name === undefined ? [env.OCW_URL || undefined, env.OCW_TOKEN || undefined] : [];
  if (url && token) return { url, token };
  const { current, profiles } = readProfiles(env);
  const wanted = name ?? (env.OCW_PROFILE || current);
  const known = profiles[wanted];
  if (!known && (name !== undefined || env.OCW_PROFILE)) throw unknownProfile(wanted, profiles);
  if (!known && !token) throw new UsageError('not signed in: run `ocw login`, or set OCW_URL and OCW_TOKEN');
  // A token goes to no server but its own.
  if (url && url !== known?.url)
    throw new UsageError(`OCW_URL is ${url}, and the token that was kept is for ${known?.url}: set OCW_TOKEN as well`);
  return { url: known?.url ?? 'http://127.0.0.1:3456', token: token ?? known?.token ?? '' };
}

function unknownProfile(name: string, profiles: ProfileFile['profiles']): UsageError {
  const names = Object.keys(profiles).join(', ');
  return new UsageError(
    `there is no profile ${name}; ${names === '' ? 'ocw login --profile NAME makes one' : `there are ${names}`}`,
  );
}

/** Those that are kept, without their tokens. */
export function keptProfiles(env: NodeJS.ProcessEnv): { name: string; url: string; current: boolean }[] {
  const { current, profiles } = readProfiles(env);
  return Object.entries(profiles).map(([name, { url }]) => ({ name, url, current: name === current }));
}

/** Makes a profile the one that is used when none is named. */
export function switchProfile(name: string, env: NodeJS.ProcessEnv): void {
  const { profiles } = readProfiles(env);
  if (!profiles[name]) throw unknownProfile(name, profiles);
  writeProfiles({ current: name, profiles }, env);
}

export function forgetProfile(name: string, env: NodeJS.ProcessEnv): void {
  const { current, profiles } = readProfiles(env);
  if (!profiles[name]) throw unknownProfile(name, profiles);
  const { [name]: _, ...others } = profiles;
  writeProfiles({ current, profiles: others }, env);
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

/** Keeps a profile and makes it the current one; answers where. */
export function saveProfile(name: string, profile: Profile, env: NodeJS.ProcessEnv): string {
  const { profiles } = readProfiles(env);
  return writeProfiles({ current: name, profiles: { ...profiles, [name]: profile } }, env);
}

function writeProfiles(next: ProfileFile, env: NodeJS.ProcessEnv): string {
  const path = profilePath(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  // An older file of that name may have been open to others.
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
  return path;
}
