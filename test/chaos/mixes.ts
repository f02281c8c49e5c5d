/** What happens in a round: the faults that are drawn from, and the kinds of errands. */
export interface Mix {
  /** Names of faults; null for all that are drawn by chance. */
  faults: readonly string[] | null;
  /** Kinds of errands to draw from; null for all, with those among them that faults are most likely to hurt. */
  kinds: readonly string[] | null;
}

/** `everything`, and the mixes that put one promise to the test: that of the mutant of the same name, if there is one. */
export const MIXES: Readonly<Record<string, Mix>> = {
  everything: { faults: null, kinds: null },
  'fence-check-removed': { faults: ['worker: requests repeated'], kinds: ['second'] },
  'seq-ignored': { faults: ['worker: requests repeated'], kinds: ['plain', 'slow'] },
  'release-without-generation-check': {
    faults: ['worker: traffic late', 'kill -9 of a worker'],
    kinds: ['plain', 'slow'],
  },
  'spool-not-synced': { faults: ['power cut at a worker'], kinds: ['slow', 'slower'] },
  'lease-not-renewed': { faults: [], kinds: ['long'] },
  'asleep-past-the-lease': { faults: ['worker asleep past its lease'], kinds: ['long'] },
};
