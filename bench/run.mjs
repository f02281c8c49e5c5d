import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from './kit/machine.mjs';
import { tell, writePage } from './kit/page.mjs';
import { median } from './kit/stats.mjs';

const MODES = ['latency', 'cycle', 'ingest', 'backlog', 'idle', 'history', 'upkeep', 'output', 'discord', 'footprint'];
const RUNS = 3;
const USAGE = `usage: npm run bench -- [MODE…] [--short] [--write] [--json FILE]
  MODE         ${MODES.join(', ')}; default: all
  --short      one run that measures less, for a look
  --write      put the results into docs/performance.md and docs/performance/
  --json FILE  write the results there too

Of each contestant there are three interleaved runs. Printed are their medians, and beside them what was aimed for.`;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
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

function readArguments() {
  const options = {
    short: { type: 'boolean' },
    write: { type: 'boolean' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  };
  try {
    const given = parseArgs({ allowPositionals: true, options });
    const unknown = given.positionals.filter((name) => !MODES.includes(name));
    if (unknown.length > 0) throw new Error(`There is no mode ${unknown.join(', ')}`);
    return given;
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

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
