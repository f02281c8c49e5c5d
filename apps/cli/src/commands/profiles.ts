import { EXIT } from '../exit-codes.js';
import { forgetProfile, keptProfiles, switchProfile } from '../profiles.js';
import { printJson } from '../session.js';
import { listing, painter, type Terminal } from '../terminal.js';

interface JsonOption {
  json?: boolean;
}

export function listProfiles(terminal: Terminal, { json }: JsonOption): number {
  const kept = keptProfiles(terminal.env);
  if (json) printJson(terminal, kept);
  else {
    const paint = painter(terminal.stdout, terminal.env);
    const rows = kept.map(({ name, url, current }) => [name, current ? paint('green', 'current') : '', url]);
    terminal.stdout.write(
      listing(terminal, ['PROFILE', '', 'SERVER'], rows, 'There are no profiles: ocw login makes one.'),
    );
  }
  return EXIT.ok;
}

export function useProfile(terminal: Terminal, name: string, options: JsonOption): number {
  switchProfile(name, terminal.env);
  return listProfiles(terminal, options);
}

/** The token is forgotten here; at the server it is still good. */
export function removeProfile(terminal: Terminal, name: string, options: JsonOption): number {
  forgetProfile(name, terminal.env);
  return listProfiles(terminal, options);
}
