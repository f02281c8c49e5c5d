import { homedir } from 'node:os';

/** Expands a leading `~` or `~/` to the home folder of the worker's user; any other path comes back as it is. */
export function expandHome(path: string, home = homedir()): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  // Appended, not joined: `~/link/..` must mean to the system what it says.
  return path === '~' ? home : home.replace(/\/+$/, '') + path.slice(1);
}
