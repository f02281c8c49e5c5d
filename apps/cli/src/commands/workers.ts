import { formatDuration } from '../durations.js';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import { harmless, listing, painter, type Terminal } from '../terminal.js';

const STYLES = { online: 'green', offline: 'gray', draining: 'yellow' } as const;

export async function workers(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const all = await client.workers.list();
  if (json) {
    printJson(terminal, all);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const rows = all.map(({ name, status, running, maxConcurrent, platform, version, tags, lastSeenAt }) => [
    harmless(name),
    paint(STYLES[status], status),
    `${running}/${maxConcurrent}`,
    harmless(platform ?? '-'),
    harmless(version ?? '-'),
    status === 'offline' ? `${formatDuration(Date.now() - lastSeenAt)} ago` : 'now',
    harmless(tags.join(',') || '-'),
  ]);
  const nothing = 'No worker has ever come: start one with ocw worker on the machine to control.';
  const titles = ['WORKER', 'STATUS', 'BUSY', 'SYSTEM', 'VERSION', 'SEEN', 'TAGS'];
  terminal.stdout.write(listing(terminal, titles, rows, nothing));
  return EXIT.ok;
}

export async function drain(terminal: Terminal, name: string, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const worker = await client.workers.drain(name);
  if (json) printJson(terminal, worker);
  else terminal.stdout.write(`${name} finishes what it has and takes nothing new; ocw resume ${name} lifts that.\n`);
  return EXIT.ok;
}

export async function resume(terminal: Terminal, name: string, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const worker = await client.workers.resume(name);
  if (json) printJson(terminal, worker);
  else terminal.stdout.write(`${name} takes tasks again.\n`);
  return EXIT.ok;
}
