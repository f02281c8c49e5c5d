import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Failure } from '../failure.js';

/** The content of a folder as an archive. */
export function packed(folder: string) {
  const tar = spawn('tar', ['-cf', '-', '-C', resolve(folder), '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { stdout: tar.stdout, ended: endOf(tar) };
}

/** Takes an archive and puts what is in it into a folder that is there. */
export function unpackInto(folder: string) {
  const tar = spawn('tar', ['-xf', '-', '-C', folder], { stdio: ['pipe', 'inherit', 'inherit'] });
  return { stdin: tar.stdin, ended: endOf(tar) };
}

async function endOf(tar: ChildProcess): Promise<void> {
  const [code] = await once(tar, 'exit');
  if (code !== 0) throw new Failure(`tar has ended with ${code}; what it says is above`);
}
