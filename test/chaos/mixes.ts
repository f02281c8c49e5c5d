/** What happens in a round: the faults that are drawn from, and the kinds of errands. */
export interface Mix {
  /** Names of faults; null for all that are drawn by chance. */
  faults: readonly string[] | null;
  /** Kinds of errands to draw from; null for all, with those among them that faults are most likely to hurt. */
  kinds: readonly string[] | null;
  /** How many errands. */
  errands: number;
  /** The storage of the server takes its time, and a client waits for the end of each errand. */
  slowStorage?: boolean;
}

/** `everything`, and the mixes that put one promise to the test: that of the mutant of the same name, if there is one. */
export const MIXES: Readonly<Record<string, Mix>> = {
  everything: { faults: null, kinds: null, errands: 12 },
  'fence-check-removed': { faults: ['worker: requests repeated'], kinds: ['second'], errands: 12 },
  'seq-ignored': { faults: ['worker: requests repeated'], kinds: ['plain', 'slow'], errands: 12 },
  'release-without-generation-check': {
    faults: ['worker: traffic late', 'kill -9 of a worker'],
    kinds: ['plain', 'slow'],
    // It takes a hand-out on its way at the moment of the kill.
    errands: 40,
  },
  'spool-not-synced': { faults: ['power cut at a worker'], kinds: ['slow', 'slower'], errands: 12 },
  'lease-not-renewed': { faults: [], kinds: ['long'], errands: 6 },
  'query-before-subscribe': { faults: [], kinds: ['plain', 'slow'], errands: 12, slowStorage: true },
  'asleep-past-the-lease': { faults: ['worker asleep past its lease'], kinds: ['long'], errands: 6 },
};
