import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { candidatesFor } from '../shell-completion/candidates.js';
import { SCRIPTS } from '../shell-completion/scripts.js';
import type { Terminal } from '../terminal.js';

export const SHELLS = Object.keys(SCRIPTS);

export function completion({ stdout }: Terminal, shell: string): number {
  stdout.write(SCRIPTS[shell] ?? '');
  return EXIT.ok;
}

/** Prints what the last of `words` can become, as the scripts of the shells read it. */
export async function complete({ stdout, env }: Terminal, program: Command, words: readonly string[]): Promise<number> {
  for (const { word, about } of await candidatesFor(program, words, env))
    stdout.write(about === undefined ? `${word}\n` : `${word}\t${about}\n`);
  return EXIT.ok;
}
