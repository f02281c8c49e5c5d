import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { type Person, type Place, SentInteraction } from './interaction.js';
import { RestApi } from './rest-api.js';
import { CHOICE_RULES, FORM_RULES, MESSAGE_RULES, RESPONSE_RULES } from './rules.js';
import { ALICE, APPLICATION, BOT_TOKEN, CHANNEL, FILE_BYTES, GUILD, World } from './world.js';

const PING = 1;
const COMMAND = 2;
const COMPONENT = 3;
const AUTOCOMPLETE = 4;
const FORM = 5;
const WITH_MESSAGE = [4, 7];

interface Signing {
  /** Seconds since the Unix epoch. */
  timestamp?: string;
  signature?: string;
}

export interface Sender {
  who: Person;
  where: Place;
  /** In a direct message. */
  direct: boolean;
  subcommand: string;
}

/** Discord on the loopback: people who do something in it, and its API for bots. */
export class FakeDiscord {
  /** Every token of an interaction: none may be found where it has no business. */
  readonly tokens: string[] = [];
  /** Where it sends interactions. */
  endpoint = '';
  private readonly keys = generateKeyPairSync('ed25519');

  private constructor(
    private readonly world: World,
    readonly api: RestApi,
  ) {}

  static async start(): Promise<FakeDiscord> {
    const world = new World();
    return new FakeDiscord(world, await RestApi.start(world));
  }

  stop(): Promise<void> {
    return this.api.stop();
  }

  /** The settings that make a server be this one's. */
  get settings(): Record<string, string> {
    const der = this.keys.publicKey.export({ format: 'der', type: 'spki' });
    return {
      DISCORD_PUBLIC_KEY: der.subarray(-32).toString('hex'),
      DISCORD_APPLICATION_ID: APPLICATION,
      DISCORD_BOT_TOKEN: BOT_TOKEN,
      DISCORD_ALLOWED_USERS: ALICE.id,
      DISCORD_API_URL: this.api.url,
    };
  }

  /** Lets time pass, by the clock of Discord. */
  advance(ms: number): void {
    this.world.advance(ms);
  }

  /** What was violated since this was asked last. */
  takeViolations(): string[] {
    const taken = this.world.violations;
    this.world.violations = [];
    return taken;
  }

  run(name: string, options: Record<string, unknown> = {}, from: Partial<Sender> = {}): Promise<SentInteraction> {
    return this.send(COMMAND, { id: this.world.id(), type: 1, name, options: optionsOf(options) }, from);
  }

  sub(name: string, subcommand: string, options: Record<string, unknown> = {}, from: Partial<Sender> = {}) {
    const nested = [{ type: 1, name: subcommand, options: optionsOf(options) }];
    return this.send(COMMAND, { id: this.world.id(), type: 1, name, options: nested }, from);
  }

  press(customId: string, from: Partial<Sender> = {}): Promise<SentInteraction> {
    return this.send(COMPONENT, { custom_id: customId, component_type: 2 }, from);
  }

  /** Types into a form, as its answer has laid it out. */
  fill(customId: string, typed: Record<string, string>, from: Partial<Sender> = {}): Promise<SentInteraction> {
    const components = Object.entries(typed).map(([id, value]) => ({
      type: 18,
      component: { type: 4, custom_id: id, value },
    }));
    return this.send(FORM, { custom_id: customId, components }, from);
  }

  /** What is offered for `option` when so much of it is typed. */
  async complete(name: string, option: string, typed: string, from: Partial<Sender> = {}): Promise<string[]> {
    const focused = { type: 3, name: option, value: typed, focused: true };
    const options = from.subcommand ? [{ type: 1, name: from.subcommand, options: [focused] }] : [focused];
    const { response } = await this.send(AUTOCOMPLETE, { id: this.world.id(), type: 1, name, options }, from);
    return response.data.choices.map((choice: { value: string }) => choice.value);
  }

  ping(): Promise<SentInteraction> {
    return this.send(PING, undefined, {});
  }

  /** An interaction as Discord makes it. */
  interaction(
    type: number,
    data: unknown,
    { who = ALICE, where = { id: CHANNEL }, direct = false }: Partial<Sender> = {},
  ) {
    const id = this.world.id();
    const token = `aW50ZXJhY3Rpb24${randomBytes(60).toString('base64url')}`;
    this.tokens.push(token);
    const user = { id: who.id, username: who.username, discriminator: '0', global_name: null, avatar: null };
    const member = { user, roles: who.roles ?? [], permissions: '0', joined_at: '2026-01-01T00:00:00Z' };
    return {
      id,
      application_id: APPLICATION,
      type,
      token,
      version: 1,
      ...(data === undefined ? {} : { data }),
      ...(direct ? { user } : { guild_id: GUILD, member }),
      channel_id: where.id,
      channel: { type: 0, ...where },
      attachment_size_limit: FILE_BYTES,
      locale: 'en-GB',
      entitlements: [],
      authorizing_integration_owners: {},
      context: direct ? 1 : 0,
      app_permissions: '0',
    };
  }

  /** Sends an interaction, and holds the answer to its rules. */
  async send(type: number, data: unknown, from: Partial<Sender>): Promise<SentInteraction> {
    const payload = this.interaction(type, data, from);
    const sent = new SentInteraction(payload.id, payload.token, this.world.now(), type);
    this.world.interactions.set(payload.token, sent);
    const response = await this.deliver(JSON.stringify(payload));
    sent.status = response.status;
    const answered = await response.json();
    if (response.status !== 200) this.world.violations.push(`an interaction was answered ${response.status}`);
    this.take(sent, answered);
    return sent;
  }

  /** Posts a body to the endpoint, signed as of now unless told otherwise. */
  deliver(
    body: string,
    { timestamp = String(Math.floor(Date.now() / 1000)), signature }: Signing = {},
  ): Promise<Response> {
    const signed = signature ?? sign(null, Buffer.from(timestamp + body), this.keys.privateKey).toString('hex');
    return fetch(`${this.endpoint}/discord/interactions`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Discord-Interactions/1.0 (+https://discord.com)',
        'X-Signature-Ed25519': signed,
        'X-Signature-Timestamp': timestamp,
      },
      body,
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  private take(sent: SentInteraction, answered: any): void {
    const { type, data } = answered;
    this.world.hold('response', { ...answered, to: sent.type }, RESPONSE_RULES);
    if (WITH_MESSAGE.includes(type)) {
      this.world.hold('message', data, MESSAGE_RULES);
      sent.add(this.world.shown(data, []));
    }
    if (type === 8) this.world.hold('choices', data, CHOICE_RULES);
    if (type === 9) this.world.hold('form', data, FORM_RULES);
    sent.response = answered;
  }
}

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type */
function optionsOf(options: Record<string, unknown>) {
  const types: Record<string, number> = { string: 3, number: 4, boolean: 5 };
  return Object.entries(options).map(([name, value]) => ({ name, value, type: types[typeof value] }));
}
