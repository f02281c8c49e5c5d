import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.js';
import type { Weather } from './tcp-proxy.js';
import type { World } from './world.js';

/** Does something bad to the world and lifts it again. It rejects when it cannot be done: a skipped fault proves nothing. */
type Fault = (world: World, random: Random) => Promise<void>;

const SHORT = { min: 50, max: 300 };
const LONG = { min: 200, max: 900 };
/** Seconds by which the server's wall clock jumps. */
const JUMPS = [-86_400, -3600, -30, 30, 120];

const lasting = (random: Random, { min, max }: { min: number; max: number }) => delay(random.integer(min, max));

const storm =
  (where: 'workersNetwork' | 'clientsNetwork', weather: Weather): Fault =>
  async (world, random) => {
    const network = world[where];
    network.weather = weather;
    await lasting(random, LONG);
    network.clear();
  };

const freezing =
  (who: 'api' | 'worker'): Fault =>
  async (world, random) => {
    world.freeze(who);
    await lasting(random, LONG);
    world.thaw(who);
  };

const filling =
  (disk: 'dataDisk' | 'spoolDisk'): Fault =>
  async (world, random) => {
    world[disk].fill();
    await lasting(random, LONG);
    world[disk].free();
  };

const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 of the server': async (world, random) => {
    await world.killApi();
    await lasting(random, SHORT);
    await world.startApi();
  },
  'kill -9 of the worker': async (world, random) => {
    await world.killWorker();
    await lasting(random, SHORT);
    await world.startWorker();
  },
  'server frozen': freezing('api'),
  'worker frozen': freezing('worker'),
  'disk of the server full': filling('dataDisk'),
  'disk of the worker full': filling('spoolDisk'),
  'wall clock of the server jumps': async (world, random) => {
    world.clock.set(random.pick(JUMPS));
    await lasting(random, LONG);
    world.clock.set(0);
  },
  'worker: traffic swallowed': storm('workersNetwork', 'swallow'),
  'worker: traffic late': storm('workersNetwork', 'delay'),
  'worker: connections cut': storm('workersNetwork', 'cut'),
  'worker: requests repeated': storm('workersNetwork', 'duplicate'),
  'client: traffic swallowed': storm('clientsNetwork', 'swallow'),
  'client: connections cut': storm('clientsNetwork', 'cut'),
  'client: requests repeated': storm('clientsNetwork', 'duplicate'),
};

export interface PlannedFault {
  name: string;
  /** Milliseconds after the one before it has been lifted. */
  after: number;
}

/** A fault is lifted before the next begins, but for what takes a server or worker some time to get over. */
export function planFaults(random: Random): PlannedFault[] {
  const names = Object.keys(FAULTS);
  return Array.from({ length: random.integer(2, 4) }, () => ({
    name: random.pick(names),
    after: random.integer(20, 400),
  }));
}

export async function inflict(world: World, plan: readonly PlannedFault[], random: Random): Promise<void> {
  for (const { name, after } of plan) {
    const fault = FAULTS[name];
    if (!fault) throw new Error(`there is no fault "${name}"`);
    await delay(after);
    await fault(world, random);
  }
}
