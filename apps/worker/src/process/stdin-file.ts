import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Opens a file without a name that holds what a process is to read; the caller closes the descriptor. Rejects when the
 * temporary folder cannot hold it.
 *
 * Not a pipe of Node's, which is a socket: on Linux the process could not open `/dev/stdin`, bash would take it for a
 * login over the network and run ~/.bashrc, and what a process leaves unread would come back as an error.
 */
export async function openStdinFile(bytes: Buffer): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-'));
  try {
    const path = join(folder, 'stdin');
    await writeFile(path, bytes, { mode: 0o600 });
    return openSync(path, 'r');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
