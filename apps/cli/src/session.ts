import { OpenClawClient } from '#client';
import { chosenProfile, type Profile } from './profiles.js';
import type { Terminal } from './terminal.js';

/** The options that every command takes. */
export interface CommonOptions {
  profile?: string;
  json?: boolean;
}

/** What a command works with. */
export interface Session {
  terminal: Terminal;
  profile: Profile;
  client: OpenClawClient;
  json: boolean;
}

/** For as long as somebody is there to stop it: a network that fails is waited for. */
const PATIENT_MS = 24 * 3_600_000;

export function openSession(terminal: Terminal, { profile: name, json = false }: CommonOptions): Session {
  const profile = chosenProfile(name, terminal.env);
  return { terminal, profile, client: new OpenClawClient(profile), json };
}

/** The same server, over outages of whatever length. */
export function patientClient({ profile }: Session): OpenClawClient {
  return new OpenClawClient({ ...profile, retryFor: PATIENT_MS });
}

export function printJson({ stdout }: Terminal, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
