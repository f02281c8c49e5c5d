import type { OutputRequest, StreamName } from '#contracts';
import type { OutputOutcome } from '../server/output-api.js';
import { Inbox } from './inbox.js';

export interface ScriptedSend {
  request: OutputRequest;
  settle(outcome: OutputOutcome): void;
  /** Takes all of it. */
  take(): void;
}

/** Stands in for the server: a call lasts until the test decides how it ends. */
export class ScriptedOutput {
  readonly sends = new Inbox<ScriptedSend>();

  send(request: OutputRequest): Promise<OutputOutcome> {
    return new Promise((resolve) => {
      const next = (request.chunks.at(-1)?.seq ?? 0) + 1;
      this.sends.put({ request, settle: resolve, take: () => resolve({ kind: 'expects', next }) });
    });
  }
}

/** The bytes of one output that requests carry. */
export function bytesOf(stream: StreamName, ...requests: OutputRequest[]): Buffer {
  const chunks = requests.flatMap((request) => request.chunks).filter((chunk) => chunk.stream === stream);
  return Buffer.concat(chunks.map(({ data, encoding }) => Buffer.from(data, encoding)));
}
