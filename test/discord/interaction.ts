import type { ReceivedFile } from './multipart.js';

/** Somebody in Discord. */
export interface Person {
  id: string;
  username: string;
  roles?: string[];
}

export interface Place {
  id: string;
  /** https://discord.com/developers/docs/resources/channel#channel-object-channel-types; a text channel by default. */
  type?: number;
  parent_id?: string;
}

/** A message as Discord shows it, and what its JSON was when it came. */
export interface ShownMessage {
  id: string;
  content: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a payload
  components: any[];
  files: ReceivedFile[];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  payload: any;
  /** Monotonic milliseconds. */
  at: number;
}

/** An interaction from its beginning on: our answer, and what the message became. */
export class SentInteraction {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  response: any = null;
  status = 0;
  deleted = false;
  /** Every state of its message, oldest first. */
  readonly states: ShownMessage[] = [];
  private heard: () => void = () => undefined;

  constructor(
    readonly id: string,
    readonly token: string,
    /** By the clock of Discord. */
    readonly createdAt: number,
    readonly type: number,
  ) {}

  get message(): ShownMessage | undefined {
    return this.states.at(-1);
  }

  /** Ids of the buttons that the message has now, by their labels. */
  get buttons(): Record<string, string> {
    const buttons = (this.message?.components ?? []).flatMap((row) => row.components);
    return Object.fromEntries(buttons.map(({ label, custom_id: id }) => [label, id]));
  }

  add(state: ShownMessage): void {
    this.states.push(state);
    this.heard();
  }

  /** The first state, past or future, for which `fits` says yes. */
  async until(fits: (message: ShownMessage) => boolean): Promise<ShownMessage> {
    for (;;) {
      const found = this.states.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
  }

  /** The message of a task that has ended. */
  untilEnd(): Promise<ShownMessage> {
    return this.until(({ components }) => components.some((row) => row.components.some(isAgain)));
  }
}

const isAgain = ({ label }: { label: string }) => label === 'Run again';
