import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TaskRecord } from '#contracts';
import { EXIT } from '../exit-codes.js';
import { requireRemote } from '../remote-path.js';
import { type CommonOptions, openSession } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** Prints a file of a worker's machine, byte for byte. */
export async function cat(terminal: Terminal, file: string, options: CommonOptions): Promise<number> {
  const { worker, path } = requireRemote(file);
  const { client } = openSession(terminal, options);
  const record = good(await client.tasks.run({ type: 'file-read', worker, path, encoding: 'base64' }), worker);
  terminal.stdout.write(Buffer.from(record.stdout, 'base64'));
  return EXIT.ok;
}

/**
 * Opens a file of a worker's machine in the editor here and writes it back, unless it has been changed there meanwhile: then
 * both versions are kept.
 */
export async function edit(terminal: Terminal, file: string, options: CommonOptions): Promise<number> {
  const { worker, path } = requireRemote(file);
  const { client } = openSession(terminal, options);
  const read = good(await client.tasks.run({ type: 'file-read', worker, path, encoding: 'base64' }), worker);
  const before = Buffer.from(read.stdout, 'base64');
  const folder = mkdtempSync(join(tmpdir(), 'ocw-edit-'));
  const copy = join(folder, basename(path));
  writeFileSync(copy, before, { mode: 0o600 });
  openEditor(terminal, copy);
  const after = readFileSync(copy);
  if (after.equals(before)) {
    rmSync(folder, { recursive: true });
    terminal.stderr.write('ocw: nothing was changed\n');
    return EXIT.ok;
  }
  const content = after.toString('base64');
  const ifMatch = String(read.metadata.sha256);
  const written = await client.tasks.run({ type: 'file-write', worker, path, content, encoding: 'base64', ifMatch });
  if (written.status !== 'completed') {
    throw new UsageError(
      `${file} was not written: ${written.error ?? written.status}; what you have edited is in ${copy}`,
    );
  }
  rmSync(folder, { recursive: true });
  terminal.stderr.write(`ocw: ${file} is written, ${after.length} bytes\n`);
  return EXIT.ok;
}

/** As a shell does with `$EDITOR`, which may hold options. */
function openEditor({ env }: Terminal, copy: string): void {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'editor', copy], { stdio: 'inherit', env });
  if (error || status !== 0)
    throw new UsageError(`${editor} has ended with ${error?.message ?? status}; nothing was written`);
}

function good(record: TaskRecord, worker: string): TaskRecord {
  if (record.status === 'completed') return record;
  throw new UsageError(`${worker}: ${record.error ?? record.status}`);
}
