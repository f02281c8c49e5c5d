import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { AUDIT_ACTION_NAMES, AUDIT_ACTIONS, type AuditAction as Known } from '#contracts';
import type { AuditAction as Written } from '../storage/audit-event.js';

type Same<A, B> = [A, B] extends [B, A] ? true : never;
/** The storage may know no contracts, so that the compiler is asked here whether both say the same. */
const same: Same<Written, Known> = true;

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const ENDS = ['completed', 'failed', 'timed_out', 'cancelled', 'lost'];

/** The actions that the code names, where something is recorded and not only asked for. */
function writtenInCode(): Set<string> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.spec\.ts$|(^|\/)testing\/|audit-event\.ts$/.test(name),
  );
  const text = files.map((name) => readFileSync(`${SOURCES}/${name}`, 'utf8')).join('\n');
  const nouns = [...new Set(AUDIT_ACTION_NAMES.map((name) => name.split('.')[0]))].join('|');
  const named = [...text.matchAll(new RegExp(`'((?:${nouns})\\.[a-z_]+)'`, 'g'))].map(([, name = '']) => name);
  // The end of a task is named by its outcome.
  const ends = /`task\.\$\{event\.outcome\}`/.test(text) ? ENDS.map((end) => `task.${end}`) : [];
  return new Set([...named, ...ends]);
}

describe('the catalogue of actions', () => {
  it('is what the code writes, no more and no less', () => {
    expect([...writtenInCode()].sort()).toEqual([...AUDIT_ACTION_NAMES].sort());
    expect(same).toBe(true);
  });

  it('is what docs/audit.md lists', () => {
    const text = readFileSync(new URL('../../../../docs/audit.md', import.meta.url), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| `\w+\.\w+` \|/.test(line));
    expect(rows).toEqual(Object.entries(AUDIT_ACTIONS).map(([name, { meaning }]) => `| \`${name}\` | ${meaning} |`));
  });
});
