import { randomFillSync } from 'node:crypto';

/** Asking the system takes as long for a page of random bytes as for a few. */
const pool = Buffer.allocUnsafe(4096);
const TAKEN = 16;
let next = pool.length;

/** 16 random bytes that nobody else gets; to be used before the next call. */
export function randomBytes16(): Uint8Array {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += TAKEN;
  return pool.subarray(next - TAKEN, next);
}
