import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Content } from '#client';
import type { Upload } from '#contracts';
import { progressBar } from '../progress.js';
import { type RemotePath, shellPath } from '../remote-path.js';
import type { Session } from '../session.js';
import { UsageError } from '../usage-error.js';
import type { Copied } from './copied.js';
import { FarSide, pathWithin } from './far-side.js';
import { hashing } from './hashing.js';
import { packed } from './tar.js';

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
    const sent = await upload(session, createReadStream(from), { label: name, size: status.size, signal });
    await write(there, sent, path, (status.mode & 0o777).toString(8));
    return { to: `${remote.worker}:${path}`, size: sent.size, sha256: sent.sha256 };
  }
  if (kind === 'file') throw new UsageError(`${remote.worker}:${remote.path} is a file, and ${from} is a folder`);
  const tar = packed(from);
  const [sent] = await Promise.all([upload(session, tar.stdout, { label: name, size: null, signal }), tar.ended]);
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
  label: string;
  /** Bytes; null when nobody knows. */
  size: number | null;
  signal: AbortSignal;
}

/** Streams to the server. Throws when what has arrived there is not what was read here. */
async function upload(
  { client, terminal }: Session,
  content: Readable,
  { label, size, signal }: Sending,
): Promise<Upload> {
  const hash = createHash('sha256');
  const body = new PassThrough();
  const refused = new AbortController();
  const passing = pipeline(content, progressBar(terminal, label, size), hashing(hash), body, {
    signal: AbortSignal.any([signal, refused.signal]),
  });
  const sending = client.tasks.upload(Readable.toWeb(body) as Content, { signal }).catch((error: Error) => {
    // Nobody reads any more what is on its way.
    refused.abort(error);
    throw error;
  });
  const [sent] = await Promise.all([sending, passing]);
  if (sent.sha256 !== hash.digest('hex')) throw new Error(`${label} has arrived damaged at the server`);
  return sent;
}

async function write(there: FarSide, { upload: id, sha256 }: Upload, path: string, mode: string): Promise<void> {
  const { metadata } = await there.run({ type: 'file-write', path, upload: id, mode }, `writing on ${there.worker}`);
  if (metadata.sha256 !== sha256) throw new Error(`${path} is not on ${there.worker} as it was sent`);
}
