import { describe, expect, it } from '@jest/globals';
import { MUTANTS, Planted } from '../mutants/planted.js';

/** Rounds of its mix that a mutant has to be caught in. */
const MOST_ROUNDS = '40';
/** Those whose rounds take a minute. */
const LONG = ['lease-not-renewed'];
const TIMEOUT_MS = 300_000;

const roundsOf = (mutant: string) => (LONG.includes(mutant) ? '1' : MOST_ROUNDS);

describe('chaos', () => {
  it.each(MUTANTS)(
    'catches %s',
    async (mutant) => {
      const planted = new Planted(mutant);
      try {
        planted.build();
        const args = ['--config', 'jest.chaos.mjs', '--testPathPatterns', 'rounds.chaos'];
        const run = { CHAOS_MIX: mutant, CHAOS_ROUNDS: roundsOf(mutant), CHAOS_BAIL: '1' };
        const { passed, printed } = await planted.test(args, run);
        expect(passed).toBe(false);
        expect(printed).toContain('VIOLATED');
      } finally {
        planted.remove();
      }
    },
    TIMEOUT_MS,
  );
});
