import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const APPLICATION = '1180000000000000000';
const USER = { id: '1180000000000000101', username: 'alice' };
const CHANNEL = { id: '1180000000000000001', type: 0 };
const DISCORD_EPOCH = 1_420_070_400_000n;

/** What of Discord a server needs to be measured and drawn: it sends interactions, and takes every message. */
export class DiscordStandIn {
  static async start() {
    const discord = new DiscordStandIn();
    discord.keys = generateKeyPairSync('ed25519');
    discord.count = 0n;
    discord.waiting = new Map();
    discord.server = createServer((request, response) => discord.take(request, response));
    discord.server.listen(0, '127.0.0.1');
    await once(discord.server, 'listening');
    return discord;
  }

  /** The settings that make a server be this one's. */
  get settings() {
    const der = this.keys.publicKey.export({ format: 'der', type: 'spki' });
    return {
      DISCORD_PUBLIC_KEY: der.subarray(-32).toString('hex'),
      DISCORD_APPLICATION_ID: APPLICATION,
      DISCORD_BOT_TOKEN: 'bot-kV7pQ2mX9sT4wZ6rkV7pQ2mX9s',
      DISCORD_ALLOWED_USERS: USER.id,
      DISCORD_API_URL: `http://127.0.0.1:${this.server.address().port}/api`,
    };
  }

  /** Sends an interaction; answers what it was answered, and the states of its message as they come. */
  async send(url, type, data) {
    const token = randomBytes(60).toString('base64url');
    const states = new States();
    this.waiting.set(token, states);
    const body = JSON.stringify({
      id: this.id(),
      application_id: APPLICATION,
      type,
      token,
      version: 1,
      data,
      member: { user: USER, roles: [] },
      channel: CHANNEL,
      attachment_size_limit: 10 * 1_048_576,
    });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sign(null, Buffer.from(timestamp + body), this.keys.privateKey).toString('hex');
    const headers = { 'X-Signature-Ed25519': signature, 'X-Signature-Timestamp': timestamp };
    const answer = await fetch(`${url}/discord/interactions`, { method: 'POST', body, headers });
    if (!answer.ok) throw new Error(`an interaction was answered ${answer.status}: ${await answer.text()}`);
    return { response: await answer.json(), states };
  }

  run(url, name, options) {
    const given = Object.entries(options).map(([option, value]) => ({ type: 3, name: option, value }));
    return this.send(url, 2, { id: '1', type: 1, name, options: given });
  }

  async take(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end('{"id":"1"}');
    const [, token] = request.url.match(/\/webhooks\/\d+\/([^/]+)\//) ?? [];
    const body = new Response(Buffer.concat(pieces), { headers: { 'Content-Type': request.headers['content-type'] } });
    const isForm = request.headers['content-type']?.startsWith('multipart/');
    const form = isForm ? await body.formData() : null;
    const files = form ? [...form].filter(([field]) => field.startsWith('files')).map(([, file]) => file) : [];
    const message = form ? JSON.parse(form.get('payload_json')) : await body.json();
    this.waiting.get(token)?.add({ ...message, files });
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  id() {
    this.count += 1n;
    return String(((BigInt(Date.now()) - DISCORD_EPOCH) << 22n) + (this.count & 0x3fffffn));
  }
}

/** The states of a message, oldest first. */
class States {
  all = [];
  heard = () => undefined;

  add(state) {
    this.all.push(state);
    this.heard();
  }

  async until(fits) {
    for (;;) {
      const found = this.all.find(fits);
      if (found) return found;
      await new Promise((resolve) => {
        this.heard = resolve;
      });
    }
  }
}
