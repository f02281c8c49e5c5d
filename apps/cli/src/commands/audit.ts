import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { AuditFilter } from '#client';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import { harmless, painter, type Terminal, table } from '../terminal.js';

export interface AuditOptions extends CommonOptions, AuditFilter {
  limit?: number;
}

/** What was done, newest first. */
export async function listAudit(
  terminal: Terminal,
  { limit = 20, profile, json: asJson, ...filter }: AuditOptions,
): Promise<number> {
  const { client, json } = openSession(terminal, { profile, json: asJson });
  const { items } = await client.audit.list(filter, { limit });
  if (json) {
    printJson(terminal, items);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const styles = { success: 'green', failure: 'red', denied: 'magenta' } as const;
  const rows = items.map(({ seq, at, actor, action, outcome, target, detail }) => [
    String(seq),
    new Date(at).toISOString(),
    harmless(actor.name),
    paint(styles[outcome], action),
    harmless(target ?? '-'),
    harmless(String(detail.command ?? detail.path ?? detail.prompt ?? '')),
  ]);
  const head = ['SEQ', 'AT', 'WHO', 'ACTION', 'TARGET', 'WHAT'].map((title) => paint('dim', title));
  terminal.stdout.write(rows.length === 0 ? 'No such entries.\n' : table([head, ...rows], terminal.stdout.columns));
  return EXIT.ok;
}

/** Every entry as a line of JSON, oldest first, on standard output. */
export async function exportAudit(terminal: Terminal, { profile, json: _, ...filter }: AuditOptions): Promise<number> {
  const { client } = openSession(terminal, { profile });
  const { body } = await client.audit.export(filter);
  if (body) await pipeline(Readable.fromWeb(body as ReadableStream), terminal.stdout, { end: false });
  return EXIT.ok;
}

/** Has the server check its whole chain; ends with 1 when it is not what was written. */
export async function verifyAudit(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const verdict = await client.audit.verify();
  if (json) printJson(terminal, verdict);
  else if (verdict.ok)
    terminal.stdout.write(`${verdict.entries} entries, unbroken up to ${verdict.lastSeq}: ${verdict.head}\n`);
  else terminal.stdout.write(`BROKEN at entry ${verdict.brokenAt}: ${verdict.reason ?? 'no reason given'}\n`);
  return verdict.ok ? EXIT.ok : EXIT.failed;
}
