import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError } from '../config.js';
import { BackupRefused, UnusableDatabase } from '../storage/errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads at most one name and `options` from `args`. Throws `BackupRefused` with `usage` for anything else. */
export function readArguments<T extends Options>(args: string[], options: T, usage: string) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length <= 1 && positionals[0] !== '') return { values, target: positionals[0] };
  } catch (error) {
    throw new BackupRefused(`${(error as Error).message}\n${usage}`, { cause: error });
  }
  throw new BackupRefused(`give one name\n${usage}`);
}

/** Tells a person at a terminal how far a long piece of work is, on one line that is gone in the end. */
export class Progress {
  constructor(private readonly terminal: NodeJS.WriteStream) {}

  readonly tell = (text: string): void => {
    if (this.terminal.isTTY) this.terminal.write(`\r\u001b[K${text} …`);
  };

  end(): void {
    if (this.terminal.isTTY) this.terminal.write('\r\u001b[K');
  }
}

/** Runs a command to its end: what the operator can mend is told plainly; a stack is for bugs. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const known = error instanceof BackupRefused || error instanceof UnusableDatabase || error instanceof ConfigError;
    console.error(known ? error.message : error);
    process.exitCode = 1;
  }
}
