/** Resolves once `work` has ended, whichever way, but after `ms` at the latest. */
export function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, ms);
    const ended = () => {
      clearTimeout(patience);
      resolve();
    };
    work.then(ended, ended);
  });
}
