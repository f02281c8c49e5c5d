// npm run bench -- [mode…] [--short] [--write]
// Measures the named modes, or all: three interleaved runs of every contestant, their medians, and what was aimed for.
// --short measures less, for a look; --write puts the results into docs/performance.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from './kit/machine.mjs';
import { tell, writePage } from './kit/page.mjs';
import { median } from './kit/stats.mjs';

const MODES = ['latency', 'cycle', 'ingest', 'backlog', 'idle', 'history', 'upkeep', 'output', 'footprint'];
const RUNS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean' }, write: { type: 'boolean' }, json: { type: 'string' } },
});
const unknown = positionals.filter((name) => !MODES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no mode ${unknown.join(', ')}. Modes: ${MODES.join(', ')}.`);
  process.exit(2);
}

const report = { machine: describeMachine(), modes: {} };
for (const name of positionals.length > 0 ? positionals : MODES) {
  const { default: mode } = await import(`./modes/${name}.mjs`);
  const result = await measure(mode);
  report.modes[name] = result;
  console.log(tell(result));
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.write) writePage(report);

async function measure({ title, unit, contestants, targets, runs: most = RUNS }) {
  const runs = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  const skipped = {};
  for (let round = 0; round < (values.short ? 1 : most); round += 1) {
    for (const [name, { run, peer }] of Object.entries(contestants)) {
      if (peer && !peer.isInstalled()) {
        skipped[name] = peer.how;
        continue;
      }
      process.stderr.write(`${title.split(':')[0]}: ${name}, run ${round + 1}\n`);
      runs[name].push(await run({ short: values.short === true }));
    }
  }
  const measured = Object.entries(runs).filter(([, all]) => all.length > 0);
  const medians = Object.fromEntries(measured.map(([name, all]) => [name, fold(all, median)]));
  const least = Object.fromEntries(measured.map(([name, all]) => [name, fold(all, (of) => Math.min(...of))]));
  const highest = Object.fromEntries(measured.map(([name, all]) => [name, fold(all, (of) => Math.max(...of))]));
  return {
    title,
    unit,
    skipped,
    medians,
    least,
    most: highest,
    targets: targets.map((target) => judged(target, medians)),
  };
}

/** Each figure over all runs, brought down to one. */
function fold(all, down) {
  return Object.fromEntries(Object.keys(all[0]).map((figure) => [figure, down(all.map((one) => one[figure]))]));
}

function judged({ what, of, most, least }, medians) {
  try {
    const value = of(medians);
    return { what, value, most, least, met: most === undefined ? value >= least : value <= most };
  } catch {
    return { what, value: null, most, least, met: false };
  }
}
