import { examine, type Finding } from '../examination/examine.js';
import { EXIT } from '../exit-codes.js';
import { chosenProfile } from '../profiles.js';
import { type CommonOptions, printJson } from '../session.js';
import { harmless, painter, type Terminal } from '../terminal.js';

const MARKS = { ok: 'ok  ', warning: 'warn', problem: 'BAD ' } as const;
const STYLES = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
const NAME_WIDTH = 10;

/** Looks for what keeps a command from running, in the order in which things can go wrong; each finding with its fix. */
export async function doctor(terminal: Terminal, options: CommonOptions): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of examine(chosenProfile(options.profile, terminal.env))) {
    findings.push(finding);
    if (!options.json) terminal.stdout.write(line(terminal, finding));
  }
  if (options.json) printJson(terminal, findings);
  return findings.some(({ level }) => level === 'problem') ? EXIT.failed : EXIT.ok;
}

function line({ stdout, env }: Terminal, { check, level, found, fix }: Finding): string {
  const paint = painter(stdout, env);
  const indent = ' '.repeat(MARKS.ok.length + NAME_WIDTH + 4);
  const text = `${paint(STYLES[level], MARKS[level])}  ${check.padEnd(NAME_WIDTH)}  ${harmless(found)}\n`;
  return fix === undefined ? text : `${text}${indent}${fix}\n`;
}
