import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EXIT } from '../exit-codes.js';
import { FailedStep } from '../failed-step.js';
import { Failure } from '../failure.js';
import { interruptible } from '../interrupts.js';
import { type RemotePath, requireRemote } from '../remote-path.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { say, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { runStep } from '../waiting.js';

interface Content {
  bytes: Buffer;
  /** Of what stood there when it was read. */
  sha256: string;
}

/** Prints a file of a worker's machine, byte for byte. */
export async function cat(terminal: Terminal, file: string, options: CommonOptions): Promise<number> {
  const remote = requireRemote(file);
  const session = openSession(terminal, options);
  const { bytes, sha256 } = await interruptible((signal) => read(session, remote, signal));
  if (session.json)
    printJson(terminal, {
      ...remote,
      size: bytes.length,
      sha256,
      encoding: 'base64',
      content: bytes.toString('base64'),
    });
  else terminal.stdout.write(bytes);
  return EXIT.ok;
}

/**
 * Opens a file of a worker's machine in the editor here and writes it back, unless it has been changed there meanwhile: then
 * both versions are kept.
 */
export async function edit(terminal: Terminal, file: string, options: CommonOptions): Promise<number> {
  const remote = requireRemote(file);
  const editor = editorOf(terminal);
  const session = openSession(terminal, options);
  const before = await interruptible((signal) => read(session, remote, signal));
  const folder = mkdtempSync(join(tmpdir(), 'ocw-edit-'));
  const copy = join(folder, basename(remote.path));
  writeFileSync(copy, before.bytes, { mode: 0o600 });
  openEditor(terminal, editor, copy);
  const after = readFileSync(copy);
  const changed = !after.equals(before.bytes);
  if (changed) {
    await writeBack(session, remote, after, { ifMatch: before.sha256, copy }).catch((error: Error) => {
      say(terminal, `${file} was not written; what you have edited is in ${copy}`);
      throw error;
    });
  }
  rmSync(folder, { recursive: true });
  if (session.json) printJson(terminal, { ...remote, changed, size: after.length });
  else say(terminal, changed ? `${file} is written, ${after.length} bytes` : 'nothing was changed');
  return EXIT.ok;
}

async function read(session: Session, { worker, path }: RemotePath, signal?: AbortSignal): Promise<Content> {
  const step = { type: 'file-read', worker, path, encoding: 'base64' } as const;
  const record = await runStep(session, step, { doing: `reading ${path} on ${worker}`, signal });
  if (record.status !== 'completed') throw new FailedStep(record, worker);
  return { bytes: Buffer.from(record.stdout, 'base64'), sha256: String(record.metadata.sha256) };
}

function editorOf({ env, stdin }: Terminal): string {
  const chosen = env.VISUAL || env.EDITOR;
  if (!chosen && !stdin.isTTY)
    throw new UsageError('there is no terminal for an editor here: EDITOR names one that needs none');
  return chosen || 'vi';
}

/** As a shell does with `$EDITOR`, which may hold options. */
function openEditor({ env }: Terminal, editor: string, copy: string): void {
  const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'editor', copy], { stdio: 'inherit', env });
  if (error || status !== 0)
    throw new Failure(
      `${editor} has ended with ${error?.message ?? status}; nothing was written, and your copy is ${copy}. EDITOR names another editor.`,
    );
}

async function writeBack(
  session: Session,
  { worker, path }: RemotePath,
  content: Buffer,
  { ifMatch, copy }: { ifMatch: string; copy: string },
): Promise<void> {
  // Sent ahead: a submission does not hold what is large.
  const { upload } = await session.client.tasks.upload(new Uint8Array(content));
  const step = { type: 'file-write', worker, path, upload, ifMatch } as const;
  const record = await runStep(session, step, { doing: `writing ${path} on ${worker}` });
  if (record.status === 'completed') return;
  if (!record.error?.startsWith('changed:')) throw new FailedStep(record, worker);
  const theirs = `${copy}.theirs`;
  const now = await read(session, { worker, path }).catch(() => null);
  if (now) {
    writeFileSync(theirs, now.bytes, { mode: 0o600 });
    showDifference(session.terminal, theirs, copy);
  }
  throw new Failure(
    [
      `conflict: ${path} was changed on ${worker} while you edited it, and is left as it is there`,
      `  theirs  ${now ? theirs : 'cannot be read any more'}`,
      `  yours   ${copy}`,
      `Merge them in yours, then: ocw cp ${copy} ${worker}:${path}`,
    ].join('\n'),
  );
}

function showDifference({ stderr }: Terminal, theirs: string, yours: string): void {
  // Where there is no diff, the files themselves have to do.
  const { stdout } = spawnSync('diff', ['-u', theirs, yours], { encoding: 'utf8' });
  if (stdout) stderr.write(stdout);
}
