import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { explainVerdict, isDatabase, openExport, readEvidence, verifyFile } from '#audit-chain';
import type { AuditFilter } from '#client';
import type { AuditVerdict } from '#contracts';
import { EXIT } from '../exit-codes.js';
import { firstOf } from '../pages.js';
import { runProgram } from '../programs.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import { harmless, listing, painter, type Terminal } from '../terminal.js';
import { formatTime } from '../times.js';
import { UsageError } from '../usage-error.js';

export interface AuditOptions extends CommonOptions, AuditFilter {
  limit?: number;
}

/** What was done, newest first. */
export async function listAudit(
  terminal: Terminal,
  { limit = 20, profile, json: asJson, ...filter }: AuditOptions,
): Promise<number> {
  const { client, json } = openSession(terminal, { profile, json: asJson });
  const entries = await firstOf(limit, (page) => client.audit.list(filter, page));
  if (json) {
    printJson(terminal, entries);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const styles = { success: 'green', failure: 'red', denied: 'magenta' } as const;
  const rows = entries.map(({ seq, at, actor, action, outcome, target, detail }) => [
    String(seq),
    formatTime(at),
    harmless(actor.name),
    paint(styles[outcome], action),
    harmless(target ?? '-'),
    harmless(String(detail.command ?? detail.path ?? detail.prompt ?? '')),
  ]);
  const titles = ['SEQ', 'AT', 'WHO', 'ACTION', 'TARGET', 'WHAT'];
  terminal.stdout.write(listing(terminal, titles, rows, 'No such entries.'));
  return EXIT.ok;
}

/** Every entry as a line of JSON, oldest first, on standard output. */
export async function exportAudit(terminal: Terminal, { profile, json: _, ...filter }: AuditOptions): Promise<number> {
  const { client } = openSession(terminal, { profile });
  const { body } = await client.audit.export(filter);
  if (body) await pipeline(Readable.fromWeb(body as ReadableStream), terminal.stdout, { end: false });
  return EXIT.ok;
}

export interface VerifyOptions extends CommonOptions {
  heads?: string[];
  publicKey?: string[];
}

/**
 * Has the server check its whole chain, or checks an export without it (`-` is standard input), or a copy of a database;
 * ends with 1 when it is not what was written.
 */
export async function verifyAudit(
  terminal: Terminal,
  path: string | undefined,
  options: VerifyOptions,
): Promise<number> {
  if (path === undefined && (options.heads || options.publicKey))
    throw new UsageError('--heads and --public-key are for a file: ocw audit verify FILE --heads HEADS');
  if (path !== undefined && path !== '-' && isThereAsDatabase(path)) return verifyDatabase(terminal, path, options);
  const verdict =
    path === undefined
      ? await openSession(terminal, options).client.audit.verify()
      : await verifyExport(terminal, path, options);
  if (options.json) printJson(terminal, verdict);
  else terminal.stdout.write(`${explainVerdict(verdict, path === undefined ? 'database' : 'export')}\n`);
  return verdict.ok ? EXIT.ok : EXIT.failed;
}

async function verifyExport({ stdin }: Terminal, path: string, options: VerifyOptions): Promise<AuditVerdict> {
  const { heads = [], publicKey = [] } = options;
  const file = openExport(path === '-' ? stdin : createReadStream(path));
  try {
    return await verifyFile(file, readEvidence(heads, publicKey));
  } catch (error) {
    throw new UsageError(`${path} cannot be verified: ${(error as Error).message}`);
  } finally {
    file.close();
  }
}

/** Only the server's own program reads databases. */
function verifyDatabase({ env }: Terminal, path: string, { heads = [], publicKey = [], json }: VerifyOptions) {
  const evidence = [...heads.flatMap((one) => ['--heads', one]), ...publicKey.flatMap((one) => ['--public-key', one])];
  return runProgram('api/audit/verify-command.js', [path, ...evidence, ...(json ? ['--json'] : [])], env);
}

function isThereAsDatabase(path: string): boolean {
  try {
    return isDatabase(path);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
