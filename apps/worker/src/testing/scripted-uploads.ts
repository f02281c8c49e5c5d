import type { AttemptRef } from '#contracts';
import type { ArtifactProblem } from '../delivery/artifact-problems.js';
import type { CollectedFile } from '../delivery/spooled-report.js';
import { Inbox } from './inbox.js';

export interface ScriptedUpload {
  ref: AttemptRef;
  files: readonly CollectedFile[];
  signal: AbortSignal;
  end(problems?: ArtifactProblem[]): void;
}

/** Stands in for the upload of files: each lasts until the test ends it, or it is given up. */
export class ScriptedUploads {
  readonly begun = new Inbox<ScriptedUpload>();

  bring(ref: AttemptRef, files: readonly CollectedFile[], signal: AbortSignal): Promise<ArtifactProblem[]> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve([]), { once: true });
      this.begun.put({ ref, files, signal, end: (problems = []) => resolve(problems) });
    });
  }
}
