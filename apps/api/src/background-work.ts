import { setTimeout as delay } from 'node:timers/promises';

/** How much longer than it worked, work that nobody waits for leaves the server to requests. */
const REST = 3;

/** Repeats `page` until one does less than `full`, with a rest after each; a busy server makes both take longer. */
export async function inPages(full: number, page: () => Promise<number>): Promise<void> {
  for (let began = performance.now(); (await page()) >= full; began = performance.now()) await restAfter(began);
}

/** Resolves after `times` as long as it is since `began`. */
export async function restAfter(began: number, times = REST): Promise<void> {
  await delay((performance.now() - began) * times, undefined, { ref: false });
}
