import { randomBytes } from 'node:crypto';
import { DiscordFailure } from '#discord';
import type { GatheredDenials } from '../auth/gathered-denials.js';
import { ApiError, invalid } from '../http/problem.js';
import type { SchedulesService } from '../schedules/schedules.service.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import type { TasksService } from '../tasks/tasks.service.js';
import type { DiscordSettings } from './discord-settings.js';
import { Buttons } from './interactions/buttons.js';
import { Completion } from './interactions/completion.js';
import { Forms } from './interactions/forms.js';
import { Interactions } from './interactions/interactions.js';
import { Overviews } from './interactions/overviews.js';
import { ScheduleCommands } from './interactions/schedule-commands.js';
import { SlashCommands } from './interactions/slash-commands.js';
import { DiscordApi } from './messages/discord-api.js';
import { cut, LONGEST_CONTENT, NO_MENTIONS } from './messages/message-text.js';
import { PAUSES } from './messages/pauses.js';
import { TaskTeller } from './messages/task-teller.js';
import type { TellingParts } from './messages/telling.js';

/** What Discord works with of the server. */
export interface DiscordParts extends Omit<TellingParts, 'api' | 'record' | 'pauses'> {
  tasks: TasksService;
  schedules: SchedulesService;
  workers: WorkerRegistry;
  denials: GatheredDenials;
}

/** All of Discord that is not a route. */
export class Discord {
  readonly api: DiscordApi;
  readonly interactions: Interactions;
  private readonly teller: TaskTeller;

  constructor(
    readonly settings: DiscordSettings,
    parts: DiscordParts,
  ) {
    const { tasks, schedules, workers, denials, messages, store, output, shutdown } = parts;
    this.api = new DiscordApi(settings, shutdown.signal);
    const overviews = new Overviews(tasks, store, output, workers);
    const commands = new SlashCommands(tasks, overviews, new ScheduleCommands(schedules));
    const kinds = {
      commands,
      completion: new Completion(tasks, schedules, workers),
      buttons: new Buttons(tasks, messages),
      forms: new Forms(tasks, commands),
    };
    this.interactions = new Interactions(settings, kinds, denials);
    this.teller = new TaskTeller({ ...parts, api: this.api, record: (id) => tasks.find(id), pauses: PAUSES });
  }

  /** Goes on with what was left to tell. */
  async start(): Promise<void> {
    await this.teller.start();
    // After the server is ready, and before somebody waits for it.
    setImmediate(() => void this.api.prepare());
  }

  stop(): Promise<void> {
    return this.teller.stop();
  }

  forgetTokens(): Promise<void> {
    return this.teller.forgetTokens();
  }

  /**
   * Posts a message that pings nobody; a long one with the whole of it as a file. Answers its id. Throws
   * `discord_unavailable`, `discord_failed`, and `validation_failed` for a channel that there is not.
   */
  async notify(channelId: string, message: string): Promise<string> {
    if (!this.api.canPost) throw new ApiError('discord_unavailable', 'the server cannot post: see DISCORD_BOT_TOKEN');
    const isLong = message.length > LONGEST_CONTENT;
    const file = { name: 'message.txt', data: Buffer.from(message), contentType: 'text/plain; charset=utf-8' };
    const body = { content: cut(message, LONGEST_CONTENT), allowed_mentions: NO_MENTIONS };
    const nonce = randomBytes(12).toString('hex');
    try {
      return (await this.api.post(channelId, body, isLong ? [file] : [], nonce)).id;
    } catch (error) {
      throw error instanceof DiscordFailure ? refusalOf(channelId, error) : error;
    }
  }
}

function refusalOf(channelId: string, { status, message }: DiscordFailure): ApiError {
  if (status !== 403 && status !== 404) return new ApiError('discord_failed', message);
  const explained = `channel ${channelId} is none that the bot may write to: ${message}`;
  return invalid([{ field: 'channel', message: explained }]);
}
