import { describe, expect, it } from '@jest/globals';
import { MUTANTS, Planted } from '../mutants/planted.js';

describe('the simulation', () => {
  it.each(MUTANTS)('catches %s', async (mutant) => {
    const planted = new Planted(mutant);
    try {
      const args = ['--testPathPatterns', 'simulation.e2e', '-t', 'keep every promise'];
      const { passed, printed } = await planted.test(args, { SIMULATION_SCHEDULES: '300' });
      expect(passed).toBe(false);
      // A promise was broken, rather than the test.
      expect(printed).toMatch(/seed \d+\n/);
    } finally {
      planted.remove();
    }
  });
});
