import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ClaudeCall {
  argv: string[];
  stdin: string;
  env: Record<string, string>;
  cwd: string;
}

export interface ClaudeStandIn {
  /** The folder to put on the PATH. */
  folder: string;
  /** What it was called with so far, in order. */
  calls(): Promise<ClaudeCall[]>;
}

/** What every call ends with, after it was recorded; by default the number of the turn with the prompt, and 0. */
export interface ClaudeAnswer {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
}

/**
 * Writes a program `claude` into a folder. It records its calls and keeps conversations where the real one does:
 * `projects/<folder>/<id>.jsonl` under CLAUDE_CONFIG_DIR or ~/.claude. It refuses to resume one that did not begin in
 * its working folder, and to begin one that there is already.
 */
export async function writeClaudeStandIn(folder: string, answer: ClaudeAnswer = {}): Promise<ClaudeStandIn> {
  const program = join(folder, 'claude');
  const script = join(folder, 'claude.mjs');
  const calls = join(folder, 'calls.jsonl');
  await writeFile(script, SCRIPT);
  await writeFile(join(folder, 'answer.json'), JSON.stringify(answer));
  await writeFile(calls, '');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
  await chmod(program, 0o755);
  return {
    folder,
    calls: async () => {
      const lines = (await readFile(calls, 'utf8')).trimEnd().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  };
}

const SCRIPT = `
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = (name) => join(import.meta.dirname, name);
const argv = process.argv.slice(2);
const stdin = readFileSync(0, 'utf8');
const cwd = process.cwd();
appendFileSync(here('calls.jsonl'), JSON.stringify({ argv, stdin, env: process.env, cwd }) + '\\n');

const fail = (message) => {
  process.stderr.write(message + '\\n');
  process.exit(1);
};
const valueOf = (option) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
const projects = join(process.env.CLAUDE_CONFIG_DIR || join(process.env.HOME, '.claude'), 'projects');
const project = join(projects, cwd.replace(/[^A-Za-z0-9]/g, '-'));
const resumed = valueOf('--resume');
const sessionId = resumed ?? valueOf('--session-id');
const file = join(project, sessionId + '.jsonl');

mkdirSync(project, { recursive: true });
if (resumed !== undefined && !existsSync(file)) fail('No conversation found with session ID: ' + resumed);
if (resumed === undefined && readdirSync(projects).some((name) => existsSync(join(projects, name, sessionId + '.jsonl'))))
  fail('Error: Session ID ' + sessionId + ' is already in use.');

if (resumed === undefined) appendFileSync(file, JSON.stringify({ type: 'queue-operation', sessionId }) + '\\n');
const entry = { type: 'user', cwd, sessionId, message: { role: 'user', content: stdin } };
appendFileSync(file, JSON.stringify(entry) + '\\n');
const turn = readFileSync(file, 'utf8').split('\\n').filter((line) => line.includes('"type":"user"')).length;

const answer = JSON.parse(readFileSync(here('answer.json'), 'utf8'));
process.stderr.write(answer.stderr ?? '');
process.stdout.write(answer.stdout ?? 'turn ' + turn + ': ' + stdin + '\\n');
process.exitCode = answer.exitCode ?? 0;
`;
