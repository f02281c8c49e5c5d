import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ArtifactAnnouncement,
  ArtifactProgress,
  HandedTask,
  OutputReceipt,
  OutputRequest,
  PollAnswer,
  PollRequest,
  ReportAnswer,
  ResultReport,
  StreamName,
} from '#contracts';
import { Inbox } from '../src/testing/inbox.js';

/** A request that is held until the test decides what becomes of it. */
class Call<Body> {
  /** Resolves when the other side has given the call up, or has got its answer whole. */
  readonly ended: Promise<'answered' | 'given up'>;

  constructor(
    readonly request: Pick<IncomingMessage, 'url' | 'headers'>,
    readonly body: Body,
    protected readonly response: ServerResponse,
  ) {
    this.ended = new Promise((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'given up'));
    });
  }

  answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    this.response.writeHead(status, { 'content-type': type, ...headers }).end(text);
  }

  refuse(status: number, code: string, detail = code, more: { next?: number; offset?: number } = {}): void {
    this.answer(status, { status, code, detail, error: detail, ...more });
  }

  /** Breaks the connection. */
  hangUp(when: 'before the answer' | 'within the answer' = 'before the answer'): void {
    if (when === 'before the answer') this.response.destroy();
    else {
      this.response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      this.response.write('{"seq":1,', () => this.response.destroy());
    }
  }
}

export class PollCall extends Call<Required<PollRequest>> {
  /** Answers in the form of the contract; what is not given is nothing. */
  say(answer: Partial<PollAnswer> = {}): void {
    this.answer(200, { seq: this.body.seq, tasks: [], cancel: [], stale: [], drain: false, ...answer });
  }

  get held(): string[] {
    return this.body.running.map(({ taskId, attempt }) => `${taskId}/${attempt}`);
  }
}

export class ReportCall extends Call<ResultReport & { results?: ResultReport[] }> {
  get reports(): ResultReport[] {
    return this.body.results ?? [this.body];
  }

  acknowledge(): void {
    const results = this.body.results?.map(({ taskId, attempt }) => ({
      taskId,
      attempt: attempt ?? null,
      status: 200,
    }));
    this.answer(200, { success: true, ...(results && { results }) } satisfies ReportAnswer);
  }
}

export class OutputCall extends Call<OutputRequest> {
  /** Takes all of it, or says which chunk it expects instead of them. */
  take(next = (this.body.chunks.at(-1)?.seq ?? 0) + 1): void {
    this.answer(200, { next } satisfies OutputReceipt);
  }

  /** The bytes of one output that it carries. */
  bytes(stream: StreamName): Buffer {
    const chunks = this.body.chunks.filter((chunk) => chunk.stream === stream);
    return Buffer.concat(chunks.map(({ data, encoding }) => Buffer.from(data, encoding)));
  }
}

export class AnnouncementCall extends Call<ArtifactAnnouncement> {
  /** Says what there is of it already. */
  place(artifactId: string, offset = 0, complete = false): void {
    this.answer(200, { artifactId, offset, complete } satisfies ArtifactProgress);
  }
}

/** A piece of a file. */
export class PieceCall extends Call<Buffer> {
  get artifactId(): string {
    return this.request.url?.split('/').at(-1) ?? '';
  }

  get range(): string {
    return this.request.headers['content-range'] ?? '';
  }

  /** Takes all of it. */
  take(): void {
    const [, end = 0, size = 0] = /(\d+)\/(\d+)$/.exec(this.range)?.map(Number) ?? [];
    this.place(end + 1, end + 1 === size);
  }

  place(offset: number, complete = false): void {
    this.answer(200, { artifactId: this.artifactId, offset, complete } satisfies ArtifactProgress);
  }
}

/** A worker that wants what a client has uploaded. */
export class DownloadCall extends Call<null> {
  /** Answers the bytes that were asked for, unless it is told to do so badly. */
  give(content: Buffer, { etag = sha256(content), ignoreRange, cutAfter, pauseAfter }: BadDownload = {}): void {
    const [, asked] = /^bytes=(\d+)-$/.exec(this.request.headers.range ?? '') ?? [];
    const start = ignoreRange ? 0 : Number(asked ?? 0);
    const rest = content.subarray(start);
    this.response.writeHead(start > 0 ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': String(rest.length),
      etag: `"${etag}"`,
      ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (cutAfter !== undefined) this.response.write(rest.subarray(0, cutAfter), () => this.response.destroy());
    else if (pauseAfter !== undefined) this.response.write(rest.subarray(0, pauseAfter));
    else this.response.end(rest);
  }
}

interface BadDownload {
  /** Other than that of the content. */
  etag?: string;
  ignoreRange?: boolean;
  /** So many bytes, and the connection breaks. */
  cutAfter?: number;
  /** So many bytes, and no more come. */
  pauseAfter?: number;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The worker's half of the API, on a free port of 127.0.0.1; it knows nothing but what the test has it say. */
export class FakeApiServer {
  readonly polls = new Inbox<PollCall>();
  readonly reports = new Inbox<ReportCall>();
  readonly outputs = new Inbox<OutputCall>();
  readonly announcements = new Inbox<AnnouncementCall>();
  readonly pieces = new Inbox<PieceCall>();
  readonly downloads = new Inbox<DownloadCall>();
  readonly port: number;

  private constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param port of an earlier server, to come back where it was */
  static async start(port = 0): Promise<FakeApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const fake = new FakeApiServer(server);
    server.on('request', (request, response) => void fake.receive(request, response));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Takes polls without an answer until one fits. */
  async pollThat(fits: (poll: PollCall) => boolean): Promise<PollCall> {
    for (;;) {
      const poll = await this.polls.next();
      if (fits(poll)) return poll;
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // Given up by the worker before its request was whole.
      return;
    }
    const bytes = Buffer.concat(chunks);
    const path = request.url ?? '';
    if (request.method === 'PUT') return this.pieces.put(new PieceCall(request, bytes, response));
    if (request.method === 'GET') return this.downloads.put(new DownloadCall(request, null, response));
    const body = JSON.parse(bytes.toString() || 'null');
    if (path.endsWith('/worker/poll')) this.polls.put(new PollCall(request, body, response));
    else if (path.endsWith('/worker/result')) this.reports.put(new ReportCall(request, body, response));
    else if (path.endsWith('/worker/output')) this.outputs.put(new OutputCall(request, body, response));
    else if (path.endsWith('/worker/artifacts')) this.announcements.put(new AnnouncementCall(request, body, response));
    else response.writeHead(404).end();
  }
}

let tasks = 0;

/** A task as the server hands it out, with an id of its own. */
export function commandTask(
  command: string,
  over: { timeout?: number; attempt?: number; artifacts?: string[] } = {},
): HandedTask {
  tasks += 1;
  return { id: `task-${tasks}`, type: 'command', command, attempt: 1, timeout: 60_000, ...over };
}
