import type { AuditVerdict } from '#contracts';
import type { AuditFile } from './audit-file.js';

/** What was found, in sentences, a line each. */
export function explainVerdict(verdict: AuditVerdict, kind: AuditFile['kind']): string {
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
