import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

const STANDARD_STREAMS = [0, 1, 2];

/**
 * Answers a function that puts the null device in the place of those standard streams that were a terminal when this
 * was called and that a terminal has gone from: writing to them fails, and Node aborts when it resets them at its end.
 */
export function terminalGuard(): () => void {
  const terminals = STANDARD_STREAMS.filter((fd) => isatty(fd));
  return () => {
    for (const fd of terminals.filter((fd) => !isatty(fd))) {
      closeSync(fd);
      // The system gives the lowest number that is free: the one that was just closed.
      openSync('/dev/null', 'r+');
      terminals.splice(terminals.indexOf(fd), 1);
    }
  };
}
