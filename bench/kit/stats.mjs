/** @param {number[]} values @param {number} q from 0 to 1 */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export const median = (values) => quantile(values, 0.5);

/** Runs `work` from `lanes` sides at once until it has been begun `count` times; answers what each took, in milliseconds. */
export async function timeEach(count, lanes, work) {
  const times = [];
  let begun = 0;
  const lane = async () => {
    while (begun < count) {
      begun += 1;
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return times;
}

/** How often a second `work` comes to its end when `lanes` sides do it for `ms` milliseconds, after a tenth of that to warm up. */
export async function rateOf(lanes, ms, work) {
  let done = 0;
  let over = false;
  const lane = async () => {
    while (!over) {
      const more = await work();
      done += more ?? 1;
    }
  };
  const lines = Array.from({ length: lanes }, lane);
  await new Promise((resolve) => setTimeout(resolve, ms / 10));
  const [before, start] = [done, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  const rate = ((done - before) / (performance.now() - start)) * 1000;
  over = true;
  await Promise.all(lines);
  return rate;
}
