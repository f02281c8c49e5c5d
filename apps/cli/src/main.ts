#!/usr/bin/env node
import { type Command, CommanderError } from 'commander';
import { EXIT } from './exit-codes.js';
import { Interrupted } from './interrupts.js';
import { problemOf } from './problem.js';
import { ocw } from './program.js';

const { stdin, stdout, stderr, env } = process;

// A reader that has seen enough, such as head, is no failure. A command may have something to do before the end.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (stream.listenerCount('error') === 1) process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
  });
}

const program = ocw({ stdin, stdout, stderr, env }, (code) => {
  process.exitCode = code;
});
throwInsteadOfExit(program);
let json = false;
program.hook('preAction', (_, command) => {
  json = command.opts().json === true;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = told(error);
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwInsteadOfExit(inner);
}

/** Tells what has gone wrong, and answers the exit code for it. */
function told(error: unknown): number {
  // It has told what was wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Interrupted) return EXIT.cancelled;
  const problem = problemOf(error);
  if (problem === null) throw error;
  const { exitCode, ...told } = problem;
  stderr.write(json ? `${JSON.stringify({ error: told })}\n` : `ocw: ${problem.message}\n`);
  return exitCode;
}
