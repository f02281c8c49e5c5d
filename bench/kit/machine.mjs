import { arch, cpus, release, totalmem, type } from 'node:os';

/** What the figures were measured on. */
export function describeMachine() {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, ${type()} ${release()} ${arch()}, Node ${process.version}`;
}
