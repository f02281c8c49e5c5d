import { fetchFrom } from '../copying/fetch.js';
import { sendTo } from '../copying/send.js';
import { EXIT } from '../exit-codes.js';
import { interruptible } from '../interrupts.js';
import { parseRemote } from '../remote-path.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** Copies a file or a folder from or to a worker's machine. */
export async function cp(terminal: Terminal, from: string, to: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const [source, target] = [parseRemote(from), parseRemote(to)];
  if (source && target) throw new UsageError('both sides are workers: copy it here first, then from here');
  const remote = source ?? target;
  if (!remote) throw new UsageError('one side is here and the other a worker: ocw cp mac:~/x ./x');
  const copied = await interruptible((signal) =>
    source ? fetchFrom(session, source, to, signal) : sendTo(session, from, remote, signal),
  );
  if (session.json) printJson(terminal, { from, ...copied });
  else terminal.stdout.write(`${copied.to}  ${copied.size} bytes, SHA-256 verified\n`);
  return EXIT.ok;
}
