import { createInterface } from 'node:readline';
import { Interrupted } from './interrupts.js';
import type { Terminal } from './terminal.js';

/** A line of standard input; on a terminal it is not shown. */
export async function readSecret({ stdin, stderr }: Terminal, message: string): Promise<string> {
  if (stdin.isTTY) {
    // Only here: every other command would wait for it to be loaded.
    const { default: password } = await import('@inquirer/password');
    const typed = password({ message, toggleMask: false }, { input: stdin, output: stderr });
    return (
      await typed.catch(() => {
        throw new Interrupted();
      })
    ).trim();
  }
  for await (const line of createInterface({ input: stdin })) return line.trim();
  return '';
}
