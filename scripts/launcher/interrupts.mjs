/** One key press reaches a program under npm twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 500;

/**
 * Calls back each time that the user asks for the end, by Ctrl-C, a signal or closing the terminal, instead of ending
 * the process.
 * @param {() => void} onAsked
 */
export function onInterrupt(onAsked) {
  let last = Number.NEGATIVE_INFINITY;
  const handle = () => {
    const now = performance.now();
    if (now - last < SAME_PRESS_MS) return;
    last = now;
    onAsked();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, handle);
  process.once('SIGHUP', () => process.once('exit', hangUp));
}

/** Node resets the terminal when it ends and aborts if that is closed; so the process ends by the signal, as usual. */
function hangUp() {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
