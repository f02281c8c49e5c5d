/** npm passes a Ctrl-C on to a process that the terminal has sent it to already. Milliseconds. */
const SAME_KEY_PRESS = 250;

/** What is done when the process is asked to stop once, twice, three times. */
export interface StopStages {
  first(): void;
  second(): void;
  third(): void;
}

/** The part of `process` that tells of a wish to stop; `send` is there when the parent process holds a channel. */
export type StopSource = Pick<NodeJS.Process, 'on' | 'once' | 'send'>;

/** Calls the stages, one at each SIGTERM, SIGHUP or SIGINT; the end of a parent process that holds a channel counts as the first. */
export function onStopRequests(
  source: StopSource,
  stages: StopStages,
  now: () => number = () => performance.now(),
): void {
  let requests = 0;
  let lastKeyPress = Number.NEGATIVE_INFINITY;
  const stop = (): void => {
    requests += 1;
    if (requests === 1) stages.first();
    else if (requests === 2) stages.second();
    else stages.third();
  };
  source.on('SIGTERM', stop);
  // A terminal that closes must not leave the tasks behind without a worker.
  source.on('SIGHUP', stop);
  source.on('SIGINT', () => {
    const pressed = now();
    const repeated = pressed - lastKeyPress < SAME_KEY_PRESS;
    lastKeyPress = pressed;
    if (!repeated) stop();
  });
  if (source.send)
    source.once('disconnect', () => {
      if (requests === 0) stop();
    });
}
