import { cp } from '../commands/cp.js';
import { cat, edit } from '../commands/files.js';
import type { Usage } from './usage.js';

/** The commands for files of a worker's machine. */
export function files({ terminal, ended, add }: Usage): void {
  add('cp <from> <to>', 'copy a file or a folder from or to a worker', [
    'ocw cp mac:~/photos ./photos',
    'ocw cp ./site mac:~/www',
  ]).action(async (from, to, options) => ended(await cp(terminal, from, to, options)));
  add('cat <file>', 'print a file of a worker', ['ocw cat mac:~/notes.txt']).action(async (file, options) =>
    ended(await cat(terminal, file, options)),
  );
  add('edit <file>', 'edit a file of a worker in $EDITOR', ['EDITOR=nano ocw edit mac:~/notes.txt']).action(
    async (file, options) => ended(await edit(terminal, file, options)),
  );
}
