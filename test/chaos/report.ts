import { arch, cpus, release, totalmem, type } from 'node:os';
import type { RoundResult } from './round.js';

const GIB = 2 ** 30;

/** What a run has shown, as a page for people. */
export function chaosReport(seed: number, results: readonly RoundResult[]): string {
  const faults = tally(results.flatMap((result) => result.faults.map(({ name }) => [name, 1])));
  const statuses = tally(results.flatMap((result) => Object.entries(result.statuses)));
  const violated = results.filter(({ violations }) => violations.length > 0);
  const [cpu] = cpus();
  return `# ${results.length} rounds of chaos

Seed ${seed}: \`CHAOS_SEED=${seed} CHAOS_ROUNDS=${results.length} npm run chaos\`. Node ${process.version}, ${type()} ${release()} ${arch()},
${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB. Each round submits twelve tasks through the faults, waits
until all is at rest, and looks at every invariant of \`test/chaos/invariants.ts\`. **Rounds with a violation: ${violated.length}.**

${table('fault', faults)}

${table('tasks ended', statuses)}
${violated.map(({ round, seed: own, violations }) => `\n- round ${round + 1} (seed ${own}): ${violations.join('; ')}`).join('')}`;
}

function tally(counted: readonly (readonly [string, number])[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [name, count] of counted) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].sort(([a], [b]) => a.localeCompare(b));
}

function table(what: string, rows: readonly [string, number][]): string {
  return [`| ${what} | times |`, '| --- | --- |', ...rows.map(([name, count]) => `| ${name} | ${count} |`)].join('\n');
}
