import { parseArgs } from 'node:util';
import { type AuditFile, explainVerdict, readEvidence, verifyFile } from '#audit-chain';
import { openAuditFile } from '../storage/audit-file.js';

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
  const evidence = readEvidence(values.heads, values['public-key']);
  let file: AuditFile | undefined;
  try {
    file = openAuditFile(path);
    const verdict = await verifyFile(file, evidence);
    console.log(values.json ? JSON.stringify(verdict) : explainVerdict(verdict, file.kind));
    return verdict.ok ? 0 : 1;
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  } finally {
    file?.close();
  }
}
