import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { OpenClawClient, Submission } from '#client';
import type { Artifact, TaskRecord } from '#contracts';
import { EXIT } from '../exit-codes.js';
import { progressBar } from '../progress.js';
import { parseRemote, type RemotePath, shellPath } from '../remote-path.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** What one step of a copy may take, in milliseconds. */
const TIMEOUT_MS = 3_600_000;

/** Copies a file or a folder from or to a worker's machine. */
export async function cp(terminal: Terminal, from: string, to: string, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const [source, target] = [parseRemote(from), parseRemote(to)];
  if ((source === null) === (target === null))
    throw new UsageError('one side is here and the other a worker: ocw cp mac:~/x ./x');
  const copied = source
    ? await fetchFrom(terminal, client, source, to)
    : await sendTo(terminal, client, from, target as RemotePath);
  if (json) printJson(terminal, { from, to, ...copied });
  else terminal.stdout.write(`${to}  ${copied.size} bytes\n`);
  return EXIT.ok;
}

interface Copied {
  size: number;
  sha256: string;
}

async function fetchFrom(
  terminal: Terminal,
  client: OpenClawClient,
  { worker, path }: RemotePath,
  to: string,
): Promise<Copied> {
  const { stdout } = await done(client, {
    worker,
    command: `if [ -d ${shellPath(path)} ]; then echo folder; else echo file; fi`,
  });
  const isFolder = stdout.trim() === 'folder';
  const archive = `/tmp/ocw-${randomUUID()}.tar`;
  const packed = isFolder
    ? { command: `umask 077; tar -cf ${archive} -C ${shellPath(path)} .`, path: archive }
    : { command: ':', path };
  const { taskId } = await done(client, { worker, command: packed.command, artifacts: [packed.path] });
  const [artifact] = await client.tasks.artifacts(taskId);
  if (!artifact) throw new UsageError(`${worker} has no file ${path}`);
  if (isFolder) {
    await done(client, { worker, command: `rm -f ${archive}` });
    await mkdir(to, { recursive: true });
    const tar = spawn('tar', ['-xf', '-', '-C', to], { stdio: ['pipe', 'inherit', 'inherit'] });
    await download(terminal, client, taskId, artifact, tar.stdin);
    await endOf(tar);
  } else {
    const target = (await isFolderHere(to)) ? join(to, basename(path)) : to;
    const partial = `${target}.part-${process.pid}`;
    try {
      await download(terminal, client, taskId, artifact, createWriteStream(partial));
      await rename(partial, target);
    } finally {
      await rm(partial, { force: true });
    }
  }
  return { size: artifact.size, sha256: artifact.sha256 };
}

/** Over however many connections it takes; throws when the bytes are not those that the worker has read. */
async function download(
  terminal: Terminal,
  client: OpenClawClient,
  taskId: string,
  artifact: Artifact,
  target: NodeJS.WritableStream,
) {
  const hash = createHash('sha256');
  const pieces = async function* () {
    for (let got = 0; got < artifact.size; ) {
      const { body } = await client.tasks.download(taskId, artifact.name, { from: got });
      if (!body) throw new Error('the server has sent nothing');
      try {
        for await (const piece of Readable.fromWeb(body as ReadableStream)) {
          got += piece.length;
          yield piece;
        }
      } catch (error) {
        // What is missing is asked for once more, unless nothing has come at all.
        if (got === 0) throw error;
      }
    }
  };
  await pipeline(pieces, progressBar(terminal, artifact.name, artifact.size), hashing(hash), target);
  const sha256 = hash.digest('hex');
  if (sha256 !== artifact.sha256)
    throw new Error(`${artifact.name} has arrived damaged: its SHA-256 is ${sha256}, not ${artifact.sha256}`);
}

async function sendTo(
  terminal: Terminal,
  client: OpenClawClient,
  from: string,
  { worker, path }: RemotePath,
): Promise<Copied> {
  const status = await stat(from).catch(() => {
    throw new UsageError(`there is no file ${from} here`);
  });
  const isFolder = status.isDirectory();
  const tar = isFolder
    ? spawn('tar', ['-cf', '-', '-C', resolve(from), '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
    : null;
  const content = tar?.stdout ?? createReadStream(from);
  const hash = createHash('sha256');
  const body = new PassThrough();
  const passing = pipeline(
    content,
    progressBar(terminal, basename(resolve(from)), isFolder ? null : status.size),
    hashing(hash),
    body,
  );
  const [upload] = await Promise.all([client.tasks.upload(Readable.toWeb(body) as BodyOf<OpenClawClient>), passing]);
  if (tar) await endOf(tar);
  const sha256 = hash.digest('hex');
  if (upload.sha256 !== sha256) throw new Error(`${from} has arrived damaged at the server`);
  const archive = `/tmp/ocw-${randomUUID()}.tar`;
  const target = isFolder ? archive : path.endsWith('/') ? path + basename(from) : path;
  await done(client, {
    type: 'file-write',
    worker,
    path: target,
    upload: upload.upload,
    mode: isFolder ? '600' : modeOf(status.mode),
  });
  if (isFolder) {
    const folder = shellPath(path);
    await done(client, {
      worker,
      command: `mkdir -p ${folder} && tar -xf ${archive} -C ${folder}; code=$?; rm -f ${archive}; exit $code`,
    });
  }
  return { size: upload.size, sha256 };
}

type BodyOf<C extends OpenClawClient> = Parameters<C['tasks']['upload']>[0];

/** Runs a step and throws when it has not gone well, with what the machine there says of it. */
async function done(client: OpenClawClient, step: Submission): Promise<TaskRecord> {
  const record = await client.tasks.run({ timeout: TIMEOUT_MS, ...step });
  if (record.status === 'completed') return record;
  throw new UsageError(`${step.worker}: ${record.stderr.trim() || record.error || record.status}`);
}

const hashing = (hash: ReturnType<typeof createHash>) =>
  new Transform({
    transform(chunk, _encoding, passed) {
      hash.update(chunk);
      passed(null, chunk);
    },
  });

async function endOf(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  if (code !== 0) throw new Error(`tar has ended with ${code}`);
}

const modeOf = (mode: number) => (mode & 0o777).toString(8);

const isFolderHere = (path: string) =>
  stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
