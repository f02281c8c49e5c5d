import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MIXES } from './mixes.js';
import { Random } from './random.js';
import { chaosReport } from './report.js';
import { playRound, type RoundResult } from './round.js';
import { World } from './world.js';

/** A round with its checks takes a few seconds, or a minute; a world that has gone wrong, the time until it is at rest. */
const ROUND_MS = 180_000;
/** So many rounds share a world: what one leaves behind troubles the next, as in life. */
const ROUNDS_A_WORLD = 50;

const rounds = Number(process.env.CHAOS_ROUNDS ?? 40);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const name = process.env.CHAOS_MIX ?? 'everything';
/** Whether the first violation ends the run. */
const bail = process.env.CHAOS_BAIL === '1';
const mix = MIXES[name];
if (!mix) throw new Error(`CHAOS_MIX: there is no mix "${name}", but ${Object.keys(MIXES).join(', ')}`);

describe('under kill -9, cut and repeated traffic, frozen programs, full disks and jumping clocks', () => {
  it(
    `no task is lost, doubled or left running (CHAOS_MIX=${name} CHAOS_SEED=${seed} CHAOS_ROUNDS=${rounds} npm run chaos)`,
    async () => {
      const random = new Random(seed);
      const results: RoundResult[] = [];
      const violated = () => results.filter(({ violations }) => violations.length > 0);
      while (results.length < rounds && !(bail && violated().length > 0)) {
        const world = await World.create(random.fork(), mix.slowStorage);
        try {
          for (let shared = 0; shared < ROUNDS_A_WORLD && results.length < rounds; shared += 1) {
            const result = await playRound(world, results.length, mix, random.fork());
            results.push(result);
            process.stderr.write(progress(result));
            // What has gone wrong once would go wrong again in the rounds that follow.
            if (result.violations.length > 0) break;
          }
        } finally {
          await world.end();
        }
      }
      if (process.env.CHAOS_REPORT) writeFileSync(process.env.CHAOS_REPORT, chaosReport(seed, results));
      expect(violated()).toEqual([]);
    },
    rounds * ROUND_MS,
  );
});

function progress({ round, faults, statuses, violations }: RoundResult): string {
  const ends = Object.entries(statuses).map(([status, count]) => `${count} ${status}`);
  const verdict = violations.length > 0 ? `VIOLATED: ${violations.join('; ')}` : 'held';
  return `round ${round + 1}: ${faults.map(({ name }) => name).join(', ')} — ${ends.join(', ')} — ${verdict}\n`;
}
