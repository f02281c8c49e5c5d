import { TOKEN } from './api-server.js';

/** An open event stream. */
export class EventReader {
  private text = '';

  private constructor(
    readonly headers: Headers,
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
  ) {}

  static async open(url: string, headers: Record<string, string> = {}, token = TOKEN): Promise<EventReader> {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${token}`, Accept: 'text/event-stream', ...headers },
    });
    if (!response.body) throw new Error('there is no body');
    return new EventReader(response.headers, response.body.getReader());
  }

  /** The next event; null at the end of the stream. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an event
  async next(): Promise<{ event: string; id?: string; data: any } | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
        if (fields.event) return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
        continue;
      }
      const { done, value } = await this.reader.read();
      if (done) return null;
      this.text += Buffer.from(value).toString();
    }
  }

  close(): Promise<void> {
    return this.reader.cancel();
  }
}
