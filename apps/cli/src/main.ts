#!/usr/bin/env node
import { type Command, CommanderError } from 'commander';
import { RefusedError, UnreachableError } from '#client';
import { EXIT } from './exit-codes.js';
import { ocw } from './program.js';
import { UsageError } from './usage-error.js';

const { stdin, stdout, stderr, env } = process;

// A reader that has seen enough, such as head, is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));

const program = ocw({ stdin, stdout, stderr, env }, (code) => {
  process.exitCode = code;
});
throwInsteadOfExit(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = codeFor(error);
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwInsteadOfExit(inner);
}

function codeFor(error: unknown): number {
  // It has told what was wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) return told(error.message, EXIT.usage);
  if (error instanceof UnreachableError)
    return told(`the server cannot be reached: ${error.message}; try \`ocw doctor\``, EXIT.failed);
  if (error instanceof RefusedError) return told(advice(error), EXIT.failed);
  throw error;
}

function advice({ status, message, requestId }: RefusedError): string {
  if (status === 401) return `${message}; run \`ocw login\` with a token that is valid`;
  return status >= 500 && requestId !== null ? `${message} (request ${requestId})` : message;
}

function told(message: string, code: number): number {
  stderr.write(`ocw: ${message}\n`);
  return code;
}
