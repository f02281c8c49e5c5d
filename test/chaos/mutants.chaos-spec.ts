import { describe, expect, it } from '@jest/globals';
import { MUTANTS, Planted } from '../mutants/planted.js';

/** Rounds of a mix that a mutant has to be caught in, and that the code as it is has to get through. */
const MOST_ROUNDS = '12';
/** A mix whose rounds take a minute. */
const LONG = ['lease-not-renewed', 'asleep-past-the-lease'];
const TIMEOUT_MS = 300_000;

const roundsOf = (mix: string) => (LONG.includes(mix) ? '1' : MOST_ROUNDS);

describe('chaos', () => {
  // A storage that answers without a pause leaves no gap between a query and a subscription: the simulation has one that pauses.
  const caught = MUTANTS.filter((mutant) => mutant !== 'query-before-subscribe');

  it.each(caught)(
    'catches %s',
    async (mutant) => {
      const planted = new Planted(mutant);
      try {
        planted.build();
        const args = ['--config', 'jest.chaos.mjs', '--testPathPatterns', 'rounds.chaos'];
        const { passed, printed } = await planted.test(args, { CHAOS_MIX: mutant, CHAOS_ROUNDS: roundsOf(mutant) });
        expect(passed).toBe(false);
        expect(printed).toContain('VIOLATED');
      } finally {
        planted.remove();
      }
    },
    TIMEOUT_MS,
  );
});
