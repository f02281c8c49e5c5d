import type { Hash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Passes everything on, and feeds it to `hash`. */
export const hashing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk, _encoding, passed) {
      hash.update(chunk);
      passed(null, chunk);
    },
  });
