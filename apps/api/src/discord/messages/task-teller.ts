import { Lane } from './lane.js';
import type { TellingParts } from './telling.js';

/** Tells Discord of tasks: takes up what was left to tell at the last stop, and what comes. */
export class TaskTeller {
  private readonly lanes: readonly Lane[];
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly parts: TellingParts) {
    // Ends wait for as long as their tasks do, and must not keep an answer waiting that somebody looks at.
    this.lanes = [new Lane(['progress', 'output'], parts), new Lane(['end'], parts)];
  }

  async start(): Promise<void> {
    await this.forgetTokens();
    this.unsubscribe = this.parts.wakeups.subscribe(['discord'], () => this.look());
    this.look();
  }

  /** Resolves when nothing is under way any more, which the server's stop brings about. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await Promise.all(this.lanes.map((lane) => lane.settled()));
  }

  /** Tokens whose time is over are kept nowhere, whatever has become of their messages. */
  async forgetTokens(): Promise<void> {
    await this.parts.messages.forgetTokens(this.parts.clock.now().wall);
  }

  private look(): void {
    for (const lane of this.lanes) lane.look();
  }
}
