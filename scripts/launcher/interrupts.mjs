/** One key press reaches a program under npm twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 500;

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Calls back each time that the user asks for the end, by Ctrl-C or a signal, instead of ending the process.
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
  for (const signal of SIGNALS) process.on(signal, handle);
}
