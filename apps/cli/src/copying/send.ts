import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Content, UnreachableError } from '#client';
import type { Upload } from '#contracts';
import { Failure } from '../failure.js';
import { progressBar } from '../progress.js';
import { type RemotePath, shellPath } from '../remote-path.js';
import { patientClient, type Session } from '../session.js';
import { say } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import type { Copied } from './copied.js';
import { FarSide, pathWithin } from './far-side.js';
import { hashing } from './hashing.js';
import { packed } from './tar.js';

/** How often a file is sent that does not arrive whole. */
const TRIES = 5;

/** Copies a file or a folder of this machine to a worker's. */
export async function sendTo(session: Session, from: string, remote: RemotePath, signal: AbortSignal): Promise<Copied> {
  const status = await stat(from).catch(() => {
    throw new UsageError(`there is no file ${from} here`);
  });
  const there = new FarSide(session, remote.worker, signal);
  const name = basename(resolve(from));
  const kind = await there.kindOf(remote.path);
  if (!status.isDirectory()) {
    const path = pathWithin(remote, kind, name);
    const open = () => ({ stdout: createReadStream(from), ended: Promise.resolve() });
    const sent = await upload(session, { open, label: name, size: status.size, signal });
    await write(there, sent, path, (status.mode & 0o777).toString(8));
    return { to: `${remote.worker}:${path}`, size: sent.size, sha256: sent.sha256 };
  }
  if (kind === 'file') throw new UsageError(`${remote.worker}:${remote.path} is a file, and ${from} is a folder`);
  const sent = await upload(session, { open: () => packed(from), label: name, size: null, signal });
  await there.withArchive(async (archive) => {
    await write(there, sent, archive, '600');
    const folder = shellPath(remote.path);
    await there.run(
      { command: `mkdir -p ${folder} && tar -xf ${archive} -C ${folder}` },
      `unpacking on ${there.worker}`,
    );
  });
  return { to: `${remote.worker}:${remote.path}`, size: sent.size, sha256: sent.sha256 };
}

interface Sending {
  /** Begins to read it from its beginning. */
  open: () => { stdout: Readable; ended: Promise<void> };
  label: string;
  /** Bytes; null when nobody knows. */
  size: number | null;
  signal: AbortSignal;
}

/** Streams to the server, from the beginning again when the connection breaks. */
async function upload(session: Session, sending: Sending): Promise<Upload> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await uploadOnce(session, sending);
    } catch (error) {
      if (!(error instanceof UnreachableError) || left === 0) throw error;
      say(session.terminal, `the connection broke: ${error.message}; it is sent once more`);
      await patientClient(session).health(sending.signal);
    }
  }
}

/** Throws when what has arrived there is not what was read here. */
async function uploadOnce({ client, terminal }: Session, { open, label, size, signal }: Sending): Promise<Upload> {
  const hash = createHash('sha256');
  const body = new PassThrough();
  const refused = new AbortController();
  const source = open();
  const unreadable: Error[] = [];
  source.stdout.once('error', (error) => unreadable.push(error));
  const passing = pipeline(source.stdout, progressBar(terminal, label, size), hashing(hash), body, {
    signal: AbortSignal.any([signal, refused.signal]),
  });
  // Nobody reads any more what is on its way to a server that has refused it.
  const sending = client.tasks.upload(Readable.toWeb(body) as Content, { signal }).finally(() => refused.abort());
  const [sent, ...read] = await Promise.allSettled([sending, passing, source.ended]);
  // What cannot be read here breaks the connection as well, and is the reason for that.
  if (unreadable[0]) throw unreadable[0];
  if (sent.status === 'rejected') throw sent.reason;
  for (const part of read) if (part.status === 'rejected') throw part.reason;
  if (sent.value.sha256 !== hash.digest('hex')) throw new Failure(`${label} has arrived damaged at the server`);
  return sent.value;
}

async function write(there: FarSide, { upload: id, sha256 }: Upload, path: string, mode: string): Promise<void> {
  const { metadata } = await there.run({ type: 'file-write', path, upload: id, mode }, `writing on ${there.worker}`);
  if (metadata.sha256 !== sha256) throw new Failure(`${path} is not on ${there.worker} as it was sent`);
}
