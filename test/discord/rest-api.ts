import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ShownMessage } from './interaction.js';
import { type ReceivedFile, readBody } from './multipart.js';
import { RateLimits } from './rate-limits.js';
import { COMMAND_LIST_RULES, COMMAND_RULES, MESSAGE_RULES } from './rules.js';
import { APPLICATION, BOT_TOKEN, CHANNEL, FILE_BYTES, GUILD, type World } from './world.js';

/** https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages */
const TOKEN_LIFE_MS = 15 * 60_000;

/** The API that Discord has for bots, with its rules, on the loopback. */
export class RestApi {
  /** Every request: method, path without tokens, and status. */
  readonly requests: { method: string; route: string; status: number; at: number }[] = [];
  readonly posted: (ShownMessage & { channel: string })[] = [];
  readonly limits = new RateLimits();
  /** What the bot has registered, by guild; everywhere under ''. */
  readonly commands = new Map<string, Payload[]>();
  /** Channels that the bot may write to. */
  private readonly channels = new Set([CHANNEL]);
  /** What it answers instead, for so many requests. */
  failing: { status: number; times: number } | null = null;
  /** What it answers to whatever comes with files. */
  toFiles: { status: number; code: number } | null = null;
  private readonly nonces = new Map<string, string>();
  private readonly server: Server;
  private heard: () => void = () => undefined;

  private constructor(private readonly world: World) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error) => {
        world.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(world: World): Promise<RestApi> {
    const api = new RestApi(world);
    api.server.listen(0, '127.0.0.1');
    await once(api.server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The first message posted to a channel, past or future, for which `fits` says yes. */
  async untilPosted(fits: (message: ShownMessage) => boolean): Promise<ShownMessage & { channel: string }> {
    for (;;) {
      const found = this.posted.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { json, files } = await readBody(request);
    const path = url.replace(/^\/api\/v10/, '');
    const bucket = `${method} ${path.replace(/\/messages\/.*/, '')}`;
    const { headers, retryAfter } = this.limits.take(bucket);
    const answer =
      retryAfter !== null
        ? { status: 429, body: { message: 'You are being rate limited.', retry_after: retryAfter, global: false } }
        : this.isFailing()
          ? { status: this.failing?.status ?? 500, body: {} }
          : this.toFiles && files.length > 0
            ? refused(this.toFiles.status, this.toFiles.code, 'not with files')
            : this.route(method, path, request.headers.authorization, json, files);
    const route = path.replace(/^(\/webhooks\/\d+\/)[^/]+/, '$1:token');
    this.requests.push({ method, route, status: answer.status, at: performance.now() });
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(answer.body));
  }

  private isFailing(): boolean {
    if (!this.failing || this.failing.times === 0) return false;
    this.failing.times -= 1;
    return true;
  }

  private route(
    method: string,
    path: string,
    authorization: string | undefined,
    json: Payload,
    files: ReceivedFile[],
  ): Answer {
    const webhook = path.match(/^\/webhooks\/(\d+)\/([^/]+)\/messages\/@original$/);
    if (method === 'PATCH' && webhook) return this.edit(webhook[1] ?? '', webhook[2] ?? '', json, files);
    if (authorization !== `Bot ${BOT_TOKEN}`) return refused(401, 0, '401: Unauthorized');
    if (method === 'GET' && path === '/applications/@me') return { status: 200, body: { id: APPLICATION } };
    const registration = path.match(/^\/applications\/(\d+)(?:\/guilds\/(\d+))?\/commands$/);
    if (method === 'PUT' && registration) return this.register(registration[1] ?? '', registration[2], json);
    const channel = path.match(/^\/channels\/(\d+)\/messages$/)?.[1];
    if (method === 'POST' && channel) return this.post(channel, json, files);
    return refused(404, 0, '404: Not Found');
  }

  private edit(application: string, token: string, json: unknown, files: ReceivedFile[]): Answer {
    const sent = this.world.interactions.get(token);
    // Discord knows nothing to edit before it has seen the answer to the interaction.
    if (application !== APPLICATION || !sent?.response) return refused(404, 10015, 'Unknown Webhook');
    if (this.world.now() - sent.createdAt > TOKEN_LIFE_MS) return refused(401, 50027, 'Invalid Webhook Token');
    if (sent.deleted) return refused(404, 10008, 'Unknown Message');
    const broken = this.holdMessage(json, files);
    if (broken.length > 0) return refused(400, 50035, 'Invalid Form Body');
    sent.add(this.world.shown(json, files));
    return { status: 200, body: { id: sent.id } };
  }

  private post(channel: string, json: Payload, files: ReceivedFile[]): Answer {
    if (!this.channels.has(channel)) return refused(404, 10003, 'Unknown Channel');
    if (this.holdMessage(json, files).length > 0) return refused(400, 50035, 'Invalid Form Body');
    // https://discord.com/developers/docs/resources/message#create-message: `enforce_nonce`
    const known = json.enforce_nonce ? this.nonces.get(json.nonce) : undefined;
    if (known !== undefined) return { status: 200, body: { id: known, channel_id: channel } };
    const message = { ...this.world.shown(json, files), channel };
    this.nonces.set(json.nonce, message.id);
    this.posted.push(message);
    this.heard();
    return { status: 200, body: { id: message.id, channel_id: channel } };
  }

  private holdMessage(json: unknown, files: ReceivedFile[]): string[] {
    const bytes = files.reduce((sum, { data }) => sum + data.length, 0);
    const beside = { files: files.map(({ id }) => id), bytes, limit: FILE_BYTES };
    // Of ours alone: whatever a message says, it may call nobody.
    const calls = (json as { allowed_mentions?: { parse?: unknown[] } }).allowed_mentions?.parse?.length !== 0;
    if (calls) this.world.violations.push('a message may call somebody');
    return this.world.hold('message', { ...(json as object), ...beside }, MESSAGE_RULES);
  }

  private register(application: string, guild: string | undefined, json: Payload): Answer {
    if (application !== APPLICATION) return refused(403, 20012, 'You are not authorized to perform this action');
    if (guild !== undefined && guild !== GUILD) return refused(403, 50001, 'Missing Access');
    const broken = [
      ...this.world.hold('commands', json, COMMAND_LIST_RULES),
      ...json.flatMap((command: unknown) => this.world.hold('command', command, COMMAND_RULES)),
    ];
    if (broken.length > 0) return refused(400, 50035, 'Invalid Form Body');
    this.commands.set(guild ?? '', json);
    return {
      status: 200,
      body: json.map((command: object) => ({ ...command, id: this.world.id(), application_id: APPLICATION })),
    };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: it is what somebody sends
type Payload = any;

interface Answer {
  status: number;
  body: unknown;
}

const refused = (status: number, code: number, message: string): Answer => ({ status, body: { code, message } });
