import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { UnreachableError } from '#client';
import type { Artifact } from '#contracts';
import { Failure } from '../failure.js';
import { progressBar } from '../progress.js';
import { type RemotePath, shellPath } from '../remote-path.js';
import { patientClient, type Session } from '../session.js';
import type { Copied } from './copied.js';
import { FarSide } from './far-side.js';
import { hashing } from './hashing.js';
import { unpackInto } from './tar.js';

/** Copies a file or a folder of a worker's machine to `to`. */
export async function fetchFrom(
  session: Session,
  { worker, path }: RemotePath,
  to: string,
  signal: AbortSignal,
): Promise<Copied> {
  const there = new FarSide(session, worker, signal);
  switch (await there.kindOf(path)) {
    case 'nothing':
      throw new Failure(`${worker} has no file ${path}: ocw run -w ${worker} ls lists what is there`);
    case 'folder':
      return there.withArchive(async (archive) => {
        const command = `umask 077; tar -cf ${archive} -C ${shellPath(path)} .`;
        const { taskId } = await there.run({ command, artifacts: [archive] }, `packing ${path} on ${worker}`);
        const artifact = await onlyArtifact(session, taskId);
        await mkdir(to, { recursive: true });
        const tar = unpackInto(to);
        await Promise.all([download(session, taskId, artifact, tar.stdin, signal, basename(path)), tar.ended]);
        return { to, size: artifact.size, sha256: artifact.sha256 };
      });
    case 'file': {
      // The mode in octal digits, as GNU and as BSD tell it.
      const command = `stat -Lc %a -- ${shellPath(path)} 2>/dev/null || stat -Lf %Lp -- ${shellPath(path)}`;
      const { taskId, stdout } = await there.run({ command, artifacts: [path] }, `reading ${path} on ${worker}`);
      const artifact = await onlyArtifact(session, taskId);
      const target = (await isFolder(to)) ? join(to, basename(path)) : to;
      const partial = `${target}.part-${process.pid}`;
      try {
        const file = createWriteStream(partial, { mode: 0o600 });
        await download(session, taskId, artifact, file, signal, artifact.name);
        // Where it is not told, the file stays closed to others.
        if (/^[0-7]{1,4}\n$/.test(stdout)) await chmod(partial, Number.parseInt(stdout, 8) & 0o777);
        await rename(partial, target);
      } finally {
        await rm(partial, { force: true });
      }
      return { to: target, size: artifact.size, sha256: artifact.sha256 };
    }
  }
}

async function onlyArtifact({ client }: Session, taskId: string): Promise<Artifact> {
  const [artifact] = await client.tasks.artifacts(taskId);
  if (!artifact) throw new Failure(`the file of task ${taskId} is not at the server`);
  return artifact;
}

/** Over however many connections it takes; throws when the bytes are not those that the worker has read. */
async function download(
  session: Session,
  taskId: string,
  artifact: Artifact,
  target: NodeJS.WritableStream,
  signal: AbortSignal,
  label: string,
): Promise<void> {
  const { tasks } = patientClient(session);
  const hash = createHash('sha256');
  const pieces = async function* () {
    for (let got = 0; got < artifact.size; ) {
      const { body } = await tasks.download(taskId, artifact.name, { from: got, signal });
      if (!body) throw new Failure('the server has sent nothing');
      try {
        for await (const piece of Readable.fromWeb(body as ReadableStream)) {
          got += piece.length;
          yield piece;
        }
      } catch (error) {
        signal.throwIfAborted();
        // What is missing is asked for once more, unless nothing has come at all.
        if (got === 0) throw new UnreachableError('the connection broke before anything had come', { cause: error });
      }
    }
  };
  await pipeline(pieces, progressBar(session.terminal, label, artifact.size), hashing(hash), target, { signal });
  const sha256 = hash.digest('hex');
  if (sha256 !== artifact.sha256)
    throw new Failure(`${artifact.name} has arrived damaged: its SHA-256 is ${sha256}, not ${artifact.sha256}`);
}

const isFolder = (path: string) =>
  stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
