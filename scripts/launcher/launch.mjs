import { once } from 'node:events';
import { banner } from './banner.mjs';
import { onInterrupt } from './interrupts.mjs';
import { createOutput } from './output.mjs';
import { Session } from './session.mjs';
import { readSettings } from './settings.mjs';
import { resolveToken } from './token.mjs';
import { rebuildOnChange } from './watch.mjs';

/**
 * Runs the API and the worker until the user ends them or one of them fails. Rejects with a Failure for settings that
 * cannot be used.
 * @param {string} root the checkout
 * @param {{ watch: boolean }} options with `watch`, both are built and started anew when the sources change, after a
 *   failure as well
 * @returns {Promise<number>} the exit code
 */
export async function launch(root, { watch }) {
  const { env, stdout } = process;
  const settings = readSettings(root, env, stdout.isTTY);
  const output = createOutput(stdout, settings.colour);
  const credentials = resolveToken(env, settings.dataDir);
  if (credentials.warning) output.notice(credentials.warning);
  const newSession = () => new Session(settings, env, credentials.token, output);

  let session = newSession();
  const stop = new AbortController();
  const stopAsked = once(stop.signal, 'abort').then(() => 'stop');
  /** How far the end has gone: 1 waits for what runs, 2 cancels it, 3 kills. */
  let urgency = 0;
  onInterrupt(() => {
    urgency += 1;
    if (urgency === 1) {
      output.notice('Stopping: the worker first finishes what it runs. Ctrl-C again cancels that.');
      stop.abort();
    } else if (urgency === 2) {
      output.notice('Cancelling what runs. Ctrl-C again kills both programs.');
      session.hurry();
    } else {
      output.notice('Killing both programs.');
      session.kill();
    }
  });
  // Whoever read the output is gone, as with `| head`: nobody is left to press Ctrl-C.
  stdout.on('error', () => stop.abort());

  const nextBuild = watch ? rebuildOnChange(root, stop.signal, output.failure) : () => new Promise(() => undefined);
  for (;;) {
    session.start(() => output.notice(banner(settings.url, credentials)));
    const rebuilt = nextBuild();
    const failed = session.failed.then((error) => {
      urgency = 1;
      output.failure(error);
      return 'failed';
    });
    const outcome = await Promise.race([stopAsked, failed, rebuilt.then(() => 'rebuilt')]);
    if (outcome === 'rebuilt')
      output.notice('Built anew: starting again as soon as the worker has finished what it runs.');
    await session.stop();
    if (outcome === 'failed' && !watch) return 1;
    if (outcome === 'failed') {
      output.notice('Waiting for a change of the sources.');
      urgency = 0;
      await Promise.race([stopAsked, rebuilt]);
    }
    if (stop.signal.aborted) {
      output.notice('Stopped.');
      return session.killed ? 1 : 0;
    }
    session = newSession();
  }
}
