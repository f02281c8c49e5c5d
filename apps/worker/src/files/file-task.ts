import { isAbsolute } from 'node:path';
import { EndEarly, fileOutcome, type Outcome } from '../executors/executor.js';
import { expandHome } from '../home-path.js';
import { describeFileError, type FileVerb } from './file-errors.js';

/**
 * Where a task's path leads: `~` and relative paths start at the home folder.
 * `..` stays in it: taken out of the text, it would skip the symbolic link before it.
 */
export function absolutePath(path: string, home: string): string {
  const expanded = expandHome(path, home);
  return isAbsolute(expanded) ? expanded : `${home}/${expanded}`;
}

/** Does `work` unless the attempt has ended already; whatever it throws becomes the outcome. */
export async function fileTask(
  { verb, path, signal }: { verb: FileVerb; path: string; signal: AbortSignal },
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (cause) {
    if (cause instanceof EndEarly) {
      return { ...fileOutcome({ error: cause.message }), status: cause.status, exitCode: null };
    }
    return fileOutcome({ error: describeFileError(cause, verb, path) });
  }
}
