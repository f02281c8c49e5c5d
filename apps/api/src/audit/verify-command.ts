import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { AuditVerdict } from '#contracts';
import { type AuditFile, openAuditFile } from '../storage/audit-file.js';
import { parseHeads } from '../storage/signed-head.js';
import { verifyFile } from './offline-verification.js';

const USAGE = `Verifies an audit away from its server: a copied database, or an export as NDJSON ("-": standard input).

  npm run audit:verify -- FILE [--heads FILE] [--public-key FILE|TEXT] [--json]

  --heads       signed heads as NDJSON, as AUDIT_HEADS_FILE has them
  --public-key  the key that signed them, as PEM or base64; may be given more than once
  --json        answer as GET /audit/verify does

Exit code: 0 it is what was written, 1 it is not, 2 it cannot be read.`;

process.exitCode = await run(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  return 2;
});

async function run(args: string[]): Promise<0 | 1 | 2> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      heads: { type: 'string', multiple: true, default: [] },
      'public-key': { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [path, ...more] = positionals;
  if (values.help || path === undefined || more.length > 0) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const { heads, unreadable } = parseHeads(values.heads.map((name) => readFileSync(name, 'utf8')).join(''));
  const publicKeys = values['public-key'].map(readPublicKey);
  let file: AuditFile | undefined;
  try {
    file = openAuditFile(path);
    const verdict = await verifyFile(file, { heads, unreadable, publicKeys });
    console.log(values.json ? JSON.stringify(verdict) : explain(verdict, file.kind));
    return verdict.ok ? 0 : 1;
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  } finally {
    file?.close();
  }
}

function readPublicKey(text: string): KeyObject {
  const key = /^(-----|MCowBQYDK2VwAyEA)/.test(text) ? text : readFileSync(text, 'utf8');
  const pem = key.includes('-----') ? key : `-----BEGIN PUBLIC KEY-----\n${key.trim()}\n-----END PUBLIC KEY-----`;
  return createPublicKey(pem);
}

function explain(verdict: AuditVerdict, kind: 'database' | 'export'): string {
  const { ok, entries, firstSeq, lastSeq, head, brokenAt, reason, checkpoint, heads } = verdict;
  const lines: string[] = [];
  if (!ok) lines.push(`BROKEN at entry ${brokenAt}: ${reason}.`);
  else if (firstSeq === null) lines.push('The audit is empty.');
  else
    lines.push(`The audit is what was written: ${entries} entries, from ${firstSeq} to ${lastSeq}.`, `Head: ${head}`);
  if (!ok && kind === 'export' && reason?.includes('missing')) {
    lines.push('An export with filters has such gaps and cannot be verified: export without filters.');
  }
  if (ok && firstSeq !== null && firstSeq > 1) {
    lines.push(`Retention has removed what came before, as the checkpoint through ${checkpoint?.removedThrough} says.`);
  }
  if (heads) {
    const { checked, skipped, setAside, unknownKey, unreadable } = heads;
    lines.push(
      `Signed heads: ${checked} compared, ${skipped} of removed entries, ${setAside} given up by a restore, ` +
        `${unknownKey} signed with a key that was not given, ${unreadable} unreadable.`,
    );
  } else if (ok) lines.push('Without signed heads, a tail that was cut off or rewritten does not show.');
  return lines.join('\n');
}
