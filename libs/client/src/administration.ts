import type { CreatedToken, RotatedToken, ScheduleRecord, TokenIdentity, TokenRecord, TokenRole } from '#contracts';
import type { CallOptions, Page, PageOptions, Submission, Submitted } from './tasks.js';
import type { Ask, Transport } from './transport.js';

/** What a schedule is made of; times are milliseconds, `cron` has five or six fields or is `@daily`, `@every 90s` and their kin. */
export interface ScheduleTerms {
  name: string;
  cron: string;
  timezone?: string;
  task: Submission;
  overlap?: ScheduleRecord['overlap'];
  misfire?: ScheduleRecord['misfire'];
  enabled?: boolean;
}

export interface WorkerRecord {
  name: string;
  status: 'online' | 'offline' | 'draining';
  hostname: string | null;
  platform: string | null;
  version: string | null;
  tags: string[];
  kinds: string[];
  maxConcurrent: number;
  running: number;
  lastSeenAt: number;
}

export interface ClaudeSession {
  sessionId: string;
  worker: string | null;
  cwd: string | null;
  lastActivity: number;
  taskCount: number;
}

export interface Health {
  status: string;
  version: string;
  uptime: number;
  tasks: number;
  results: number;
  workers: number;
  /** More than a minute past their fire time. */
  overdueSchedules: number;
}

const at = (folder: string, id: string) => `/${folder}/${encodeURIComponent(id)}`;

export class Schedules {
  constructor(private readonly transport: Transport) {}

  create(terms: ScheduleTerms, { signal }: CallOptions = {}): Promise<ScheduleRecord> {
    return this.transport.json({ method: 'POST', path: '/schedules', body: terms, signal });
  }

  list({ limit, cursor, signal }: PageOptions = {}): Promise<Page<ScheduleRecord>> {
    return this.transport.json({ path: '/schedules', query: { limit, cursor }, signal });
  }

  read(id: string, { signal }: CallOptions = {}): Promise<ScheduleRecord> {
    return this.transport.json({ path: at('schedules', id), signal });
  }

  change(id: string, terms: Partial<ScheduleTerms>, { signal }: CallOptions = {}): Promise<ScheduleRecord> {
    return this.transport.json({ method: 'PATCH', path: at('schedules', id), body: terms, signal, repeatable: true });
  }

  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: at('schedules', id), signal });
  }

  /** Makes its task now, whatever its times are. */
  run(id: string, { signal }: CallOptions = {}): Promise<Submitted> {
    return this.transport.json({ method: 'POST', path: `${at('schedules', id)}/run`, body: {}, signal });
  }

  /** Its next fire times. */
  async upcoming(id: string, count = 5, { signal }: CallOptions = {}): Promise<number[]> {
    const path = `${at('schedules', id)}/upcoming`;
    return (await this.transport.json<{ items: number[] }>({ path, query: { count }, signal })).items;
  }
}

export class Workers {
  constructor(private readonly transport: Transport) {}

  async list({ signal }: CallOptions = {}): Promise<WorkerRecord[]> {
    return (await this.transport.json<Page<WorkerRecord>>({ path: '/workers', query: { limit: 200 }, signal })).items;
  }

  read(name: string, { signal }: CallOptions = {}): Promise<WorkerRecord> {
    return this.transport.json({ path: at('workers', name), signal });
  }

  /** Lets it finish what it has, and take nothing new. */
  drain(name: string, options: CallOptions = {}): Promise<WorkerRecord> {
    return this.transport.json(order(`${at('workers', name)}/drain`, options));
  }

  resume(name: string, options: CallOptions = {}): Promise<WorkerRecord> {
    return this.transport.json(order(`${at('workers', name)}/resume`, options));
  }
}

const order = (path: string, { signal }: CallOptions): Ask => ({
  method: 'POST',
  path,
  body: {},
  signal,
  repeatable: true,
});

export class Tokens {
  constructor(private readonly transport: Transport) {}

  /** The only answer that shows the secret. */
  create(
    terms: { name: string; role: TokenRole; expiresIn?: number },
    { signal }: CallOptions = {},
  ): Promise<CreatedToken> {
    return this.transport.json({ method: 'POST', path: '/tokens', body: terms, signal });
  }

  async list({ signal }: CallOptions = {}): Promise<TokenRecord[]> {
    return (await this.transport.json<Page<TokenRecord>>({ path: '/tokens', query: { limit: 200 }, signal })).items;
  }

  /** Whose token this client carries, and what it may do. */
  current({ signal }: CallOptions = {}): Promise<TokenIdentity> {
    return this.transport.json({ path: '/tokens/current', signal });
  }

  /** @param graceMs for how long the old secret is good as well, in milliseconds */
  rotate(id: string, graceMs?: number, { signal }: CallOptions = {}): Promise<RotatedToken> {
    return this.transport.json({ method: 'POST', path: `${at('tokens', id)}/rotate`, body: { graceMs }, signal });
  }

  async revoke(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: at('tokens', id), signal });
  }
}
