import { setMaxListeners } from 'node:events';

/** Tells everything that waits that the server is stopping. */
export class Shutdown {
  private readonly controller = new AbortController();

  constructor() {
    // Every held call listens.
    setMaxListeners(0, this.controller.signal);
  }

  /** Aborted once the server is stopping: held polls are answered with what there is. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get begun(): boolean {
    return this.signal.aborted;
  }

  begin(): void {
    this.controller.abort();
  }
}
