import { inflict, type PlannedFault, planFaults } from './faults.js';
import { violations } from './invariants.js';
import type { Mix } from './mixes.js';
import type { Random } from './random.js';
import { type Errand, errandsOf, recordOf } from './workload.js';
import type { World } from './world.js';

export interface RoundResult {
  round: number;
  seed: number;
  faults: PlannedFault[];
  /** How many tasks ended in which status. */
  statuses: Record<string, number>;
  violations: string[];
}

/** Errands under faults, then rest, then a look at what became of them. */
export async function playRound(world: World, round: number, mix: Mix, random: Random): Promise<RoundResult> {
  const plan = planFaults(random.fork(), mix.faults);
  const faults = plan.flat();
  const errands = errandsOf(world, round, mix, random.fork());
  const over = new AbortController();
  const submitted = Promise.all(errands.map((errand) => errand.submit(over.signal)));
  await inflict(world, plan, random.fork());
  await submitted;
  over.abort();
  const late = mix.slowStorage ? await toldLate(world, errands) : [];
  await atRest(world, errands);
  const found = [...late, ...(await violations(world, errands, faults))];
  return { round, seed: random.seed, faults, statuses: await ends(world, errands), violations: found };
}

/** How much later than the end of its task an answer may come to a client that waits for it, in milliseconds. */
const TOLD_MS = 5000;

/** The errands whose end was told late, as by the end of the wait alone. */
async function toldLate(world: World, errands: readonly Errand[]): Promise<string[]> {
  const told = errands.map(async ({ name, taskId }) => {
    if (taskId === undefined) return [];
    const { completedAt } = await recordOf(world, taskId, 4 * TOLD_MS);
    const late = Date.now() - (completedAt ?? 0);
    return late > TOLD_MS ? [`${name}: a client that waited was told of its end after ${late} ms`] : [];
  });
  return (await Promise.all(told)).flat();
}

async function ends(world: World, errands: readonly Errand[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const { taskId } of errands) {
    const status = taskId === undefined ? 'never acknowledged' : (await recordOf(world, taskId)).status;
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

/** How long the world may take to come to rest after its tasks have ended, in milliseconds. */
const REST_MS = 20_000;

/** Every task has ended, and nothing is left of any: its end is told before its processes and notes are cleared away. */
async function atRest(world: World, errands: readonly Errand[]): Promise<void> {
  for (const { taskId } of errands) if (taskId) await recordOf(world, taskId);
  const until = performance.now() + REST_MS;
  const busy = () => world.tasksRunning().length + world.leftIn('spool').length + world.leftIn('journal').length > 0;
  while (busy() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}
