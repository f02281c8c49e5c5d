import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.js';
import type { TcpProxy, Weather } from './tcp-proxy.js';
import type { World } from './world.js';

/** Does something bad to the world and lifts it again. It rejects when it cannot be done: a skipped fault proves nothing. */
type Fault = (world: World, random: Random) => Promise<void>;

const SHORT = { min: 50, max: 300 };
const LONG = { min: 200, max: 900 };
/** Longer than any lease of a worker that polls. */
const PAST_A_LEASE = { min: 62_000, max: 64_000 };
/** Seconds by which the server's wall clock jumps. */
const JUMPS = [-86_400, -3600, -30, 30, 120];

const lasting = (random: Random, { min, max }: { min: number; max: number }) => delay(random.integer(min, max));

const anyWorkers = (world: World, random: Random) => random.pick(world.hosts).network;
const theClients = (world: World) => world.clientsNetwork;

const storm =
  (where: (world: World, random: Random) => TcpProxy, weather: Weather): Fault =>
  async (world, random) => {
    const network = where(world, random);
    network.weather = weather;
    await lasting(random, LONG);
    network.clear();
  };

const asleep =
  (span: { min: number; max: number }): Fault =>
  async (world, random) => {
    const host = random.pick(world.hosts);
    host.freeze();
    await lasting(random, span);
    host.thaw();
  };

/** They come one after the other, while something else goes wrong with the programs. */
const NETWORK_FAULTS: Readonly<Record<string, Fault>> = {
  'worker: traffic swallowed': storm(anyWorkers, 'swallow'),
  'worker: traffic late': storm(anyWorkers, 'delay'),
  'worker: connections cut': storm(anyWorkers, 'cut'),
  'worker: requests repeated': storm(anyWorkers, 'duplicate'),
  'client: traffic swallowed': storm(theClients, 'swallow'),
  'client: connections cut': storm(theClients, 'cut'),
  'client: requests repeated': storm(theClients, 'duplicate'),
};

const PROGRAM_FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 of the server': async (world, random) => {
    await world.killApi();
    await lasting(random, SHORT);
    await world.startApi();
  },
  'kill -9 of a worker': async (world, random) => {
    const host = random.pick(world.hosts);
    await host.kill();
    await lasting(random, SHORT);
    await host.start();
  },
  // The network goes first, as when a router has no battery and the laptop a bad one.
  'power cut at a worker': async (world, random) => {
    const host = random.pick(world.hosts);
    host.network.weather = 'swallow';
    await lasting(random, LONG);
    await world.cutPower(host);
    host.network.clear();
    await host.start();
  },
  'server frozen': async (world, random) => {
    world.freezeApi();
    await lasting(random, LONG);
    world.thawApi();
  },
  'worker asleep': asleep(LONG),
  'disk of the server full': async (world, random) => {
    world.dataDisk.fill();
    await lasting(random, LONG);
    world.dataDisk.free();
  },
  'disk of a worker full': async (world, random) => {
    const { disk } = random.pick(world.hosts);
    disk.fill();
    await lasting(random, LONG);
    disk.free();
  },
  'wall clock of the server jumps': async (world, random) => {
    world.clock.set(random.pick(JUMPS));
    await lasting(random, LONG);
    world.clock.set(0);
  },
};

/** Not drawn by chance: it takes a minute. */
const LONG_FAULTS: Readonly<Record<string, Fault>> = {
  'worker asleep past its lease': asleep(PAST_A_LEASE),
};

const FAULTS = { ...NETWORK_FAULTS, ...PROGRAM_FAULTS, ...LONG_FAULTS };

export interface PlannedFault {
  name: string;
  /** Milliseconds after the one before it has been lifted. */
  after: number;
}

/** Two strands that go on side by side. In each, a fault is lifted before the next begins. */
export type FaultPlan = readonly (readonly PlannedFault[])[];

/** @param only names of the faults to draw from; null for all but those that take long */
export function planFaults(random: Random, only: readonly string[] | null): FaultPlan {
  if (only?.some((name) => name in LONG_FAULTS)) return [only.map((name) => ({ name, after: 2000 }))];
  return [NETWORK_FAULTS, PROGRAM_FAULTS].map((faults) => {
    const names = Object.keys(faults).filter((name) => only?.includes(name) ?? true);
    if (names.length === 0) return [];
    return Array.from({ length: random.integer(1, 3) }, () => ({
      name: random.pick(names),
      after: random.integer(20, 400),
    }));
  });
}

export async function inflict(world: World, plan: FaultPlan, random: Random): Promise<void> {
  const strands = plan.map((strand) => ({ strand, random: random.fork() }));
  await Promise.all(
    strands.map(async (each) => {
      for (const { name, after } of each.strand) {
        const fault = FAULTS[name];
        if (!fault) throw new Error(`there is no fault "${name}"`);
        await delay(after);
        await fault(world, each.random);
      }
    }),
  );
}
