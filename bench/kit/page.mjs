import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { barChart } from './chart.mjs';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const [BEGIN, END] = ['<!-- measured: begin -->', '<!-- measured: end -->'];

const shown = (value) =>
  value === null ? '–' : value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(2);
const bound = ({ most, least }) => (most === undefined ? `≥ ${shown(least)}` : `≤ ${shown(most)}`);

/** One mode's figures as Markdown: medians, and in brackets the range over the runs. */
export function tell({ title, skipped, medians, least, most, targets }) {
  const lines = [`### ${title}`, '', '| | figure | median | range |', '| --- | --- | ---: | ---: |'];
  for (const [name, figures] of Object.entries(medians)) {
    for (const [figure, value] of Object.entries(figures)) {
      lines.push(
        `| ${name} | ${figure} | ${shown(value)} | ${shown(least[name][figure])} – ${shown(most[name][figure])} |`,
      );
    }
  }
  for (const [name, how] of Object.entries(skipped)) lines.push(`| ${name} | skipped: not installed (${how}) | | |`);
  if (targets.length > 0) lines.push('', '| aimed for | bound | measured | met |', '| --- | ---: | ---: | --- |');
  for (const target of targets) {
    lines.push(`| ${target.what} | ${bound(target)} | ${shown(target.value)} | ${target.met ? 'yes' : 'no'} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** Puts the figures between the marks of docs/performance.md, beside what people have written there, with a chart each. */
export function writePage(report) {
  mkdirSync(`${DOCS}performance`, { recursive: true });
  const parts = [`Measured on ${report.machine}.`];
  for (const [name, result] of Object.entries(report.modes)) {
    writeFileSync(`${DOCS}performance/${name}.svg`, barChart(result));
    parts.push(`${tell(result)}\n![${result.title}](performance/${name}.svg)`);
  }
  writeFileSync(`${DOCS}performance/figures.json`, `${JSON.stringify(report, null, 2)}\n`);
  const page = readFileSync(`${DOCS}performance.md`, 'utf8');
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  if (after === undefined) throw new Error(`docs/performance.md has lost its marks ${BEGIN} and ${END}`);
  writeFileSync(`${DOCS}performance.md`, `${before}${BEGIN}\n\n${parts.join('\n\n')}\n\n${END}${after}`);
}
