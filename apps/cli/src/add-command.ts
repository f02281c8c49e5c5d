import type { Command } from 'commander';

/** Adds a command, to another one or to `ocw` itself, with what all of them take. */
export type Add = (usage: string, description: string, example: string, parent?: Command) => Command;
