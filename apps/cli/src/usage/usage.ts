import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** What the commands are described with. */
export interface Usage {
  terminal: Terminal;
  /** Hears the exit code of a command. */
  ended: (code: number) => void;
  /** Adds a command, to another one or to `ocw` itself, with the options that all of them take. */
  add: (words: string, description: string, examples: readonly string[], parent?: Command) => Command;
}

/** All values of an option that may be repeated. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];
