import { UsageError } from './usage-error.js';

/** A file on a worker's machine. */
export interface RemotePath {
  worker: string;
  path: string;
}

/** `mac:~/notes.txt` is a file there; `./x`, `/x`, and `a/b:c` are files here, since no worker's name holds a slash. */
export function parseRemote(text: string): RemotePath | null {
  const [, worker, path] = text.match(/^([^/:]+):(.+)$/s) ?? [];
  return worker === undefined || path === undefined ? null : { worker, path };
}

export function requireRemote(text: string): RemotePath {
  const remote = parseRemote(text);
  if (!remote) throw new UsageError(`${text} names no file on a worker, such as mac:~/notes.txt`);
  return remote;
}

/** The path as a word for a shell there: `~/` is its home, all else is taken as it is. */
export function shellPath(path: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  if (path === '~') return '"$HOME"';
  return path.startsWith('~/') ? `"$HOME"/${quoted(path.slice(2))}` : quoted(path);
}
