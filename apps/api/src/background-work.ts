import { setTimeout as delay } from 'node:timers/promises';

/** How much longer than it worked, work that nobody waits for leaves the server to requests. */
const REST = 3;
/** A page that had to wait for others was no work of that length. Milliseconds. */
const LONGEST_REST = 250;

/** Repeats `page` until one does less than `full`, with a rest after each; a busy server makes both take longer. */
export async function inPages(full: number, page: () => Promise<number>): Promise<void> {
  for (let began = performance.now(); (await page()) >= full; began = performance.now()) await restAfter(began);
}

/** Resolves after `times` as long as it is since `began`, but soon in any case. */
export async function restAfter(began: number, times = REST): Promise<void> {
  await delay(Math.min((performance.now() - began) * times, LONGEST_REST), undefined, { ref: false });
}
