import type { DiscordAPIError, RawFile, REST } from '@discordjs/rest';

export const DEFAULT_API_URL = 'https://discord.com/api';

/** A file of a message. */
export type SentFile = RawFile;

/** Discord has refused, or could not be asked. Its message names neither address nor token: a token may be in an address. */
export class DiscordFailure extends Error {
  override readonly name = 'DiscordFailure';

  constructor(
    message: string,
    /** HTTP status; null when there was no answer. */
    readonly status: number | null,
    /** Discord's own word for it: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json. */
    readonly code: number | null,
  ) {
    super(message);
  }
}

/** One request of an attempt that is made again when it is a network or Discord itself that fails. */
interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  body?: unknown;
  files?: SentFile[];
  /** Whether the bot asks, or the path holds what is asked with. */
  asBot: boolean;
  signal?: AbortSignal;
}

/** How long one attempt of a request may take. */
interface Patience {
  /** Without any files. */
  ms: number;
  /** What the slowest uplink that is waited for sends of the files. */
  bytesPerSecond: number;
}

const PATIENCE: Patience = { ms: 15_000, bytesPerSecond: 50_000 };
/** The longest that a timer counts. */
const NEVER_MS = 2 ** 31 - 1;

/** Discord's API: keeps to the limits that its answers tell of, and asks again after a 429. */
export class DiscordRest {
  private rest: Promise<REST> | undefined;

  constructor(
    private readonly botToken: string | null,
    private readonly apiUrl: string = DEFAULT_API_URL,
    private readonly patience: Patience = PATIENCE,
  ) {}

  /** Loads what asking takes, which would otherwise make the first request wait. */
  async prepare(): Promise<void> {
    await this.opened();
  }

  /** The JSON that is answered. Throws `DiscordFailure`. */
  async ask<T>({ method, path, asBot, ...rest }: Ask): Promise<T> {
    const client = await this.opened();
    try {
      return (await client.request({ ...rest, method: method as never, fullRoute: path, auth: asBot })) as T;
    } catch (error) {
      const failure = failureOf(error as Error);
      // The library forgets a token at the first 401, and would then fail without asking.
      if (failure.status === 401 && asBot && this.botToken !== null) client.setToken(this.botToken);
      throw failure;
    }
  }

  private opened(): Promise<REST> {
    // Only here: it is a large part of what a program that never asks Discord would otherwise hold in memory.
    this.rest ??= import('@discordjs/rest').then(({ REST, DefaultRestOptions }) => {
      const rest = new REST({
        version: '10',
        api: this.apiUrl.replace(/\/+$/, ''),
        // It is the same for every request, whatever that uploads.
        timeout: NEVER_MS,
        makeRequest: patiently(DefaultRestOptions.makeRequest, this.patience),
      });
      return this.botToken === null ? rest : rest.setToken(this.botToken);
    });
    return this.rest;
  }
}

type MakeRequest = REST['options']['makeRequest'];

/** Gives each attempt a time that grows with what it uploads. The library makes no further one after that. */
function patiently(makeRequest: MakeRequest, { ms, bytesPerSecond }: Patience): MakeRequest {
  return async (url, init) => {
    const overdue = new AbortController();
    const allowed = Math.min(NEVER_MS, ms + (fileBytesOf(init.body) / bytesPerSecond) * 1000);
    const timer = setTimeout(() => overdue.abort(new DOMException('it took too long', 'TimeoutError')), allowed);
    const signals = init.signal ? [init.signal as AbortSignal, overdue.signal] : [overdue.signal];
    try {
      return await makeRequest(url, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  };
}

function fileBytesOf(body: unknown): number {
  if (!(body instanceof FormData)) return 0;
  return [...body.values()].reduce((sum, value) => sum + (typeof value === 'string' ? 0 : value.size), 0);
}

function failureOf(error: Error): DiscordFailure {
  const { status, code } = error as Partial<DiscordAPIError>;
  const answered = typeof status === 'number';
  if (answered && typeof code === 'number')
    return new DiscordFailure(
      `Discord answered ${status}: ${error.message.split('\n').join(' ')} (${code})`,
      status,
      code,
    );
  if (answered) return new DiscordFailure(`Discord answered ${status}`, status, null);
  return new DiscordFailure(`Discord cannot be reached: ${reasonOf(error)}`, null, null);
}

/** What the system calls it: the words of an error may hold the address. */
function reasonOf(error: Error): string {
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}
