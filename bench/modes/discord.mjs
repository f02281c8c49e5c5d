// From an interaction of Discord to the first output in its message, with a real worker: of a command that ends at once,
// and of one that goes on. What Discord itself and the way to it take comes on top.
import { DiscordStandIn } from '../kit/discord.mjs';
import { Ours } from '../kit/processes.mjs';
import { quantile, timeEach } from '../kit/stats.mjs';

const FIRST = 'first output';

async function firstOutput({ short }) {
  const discord = await DiscordStandIn.start();
  const server = await Ours.start({ workers: 1, env: discord.settings });
  const shown = (command) => async () => {
    const { states } = await discord.run(server.url, 'run', { command });
    await states.until(({ content }) => content.includes(`\n${FIRST}`));
  };
  const results = {};
  const ends = shown(`echo ${FIRST}`);
  await timeEach(10, 1, ends);
  for (const [name, run] of [
    ['ends at once', ends],
    ['goes on', shown(`echo ${FIRST}; sleep 0.3`)],
  ]) {
    const times = await timeEach(short ? 50 : 200, 1, run);
    results[`${name}, p50`] = quantile(times, 0.5);
    results[`${name}, p99`] = quantile(times, 0.99);
  }
  await server.stop();
  discord.stop();
  return results;
}

export default {
  title: 'Discord: interaction to first output',
  unit: 'ms',
  contestants: { ours: { run: firstOutput } },
  targets: ['ends at once, p99', 'goes on, p99'].map((what) => ({ what, of: (all) => all.ours[what], most: 300 })),
};
