import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { GatheredDenials } from '../auth/gathered-denials.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import { ArtifactsService } from '../files/artifacts.service.js';
import { ApiError } from '../http/problem.js';
import {
  CLOCK,
  CONFIG,
  DISCORD_MESSAGE_STORE,
  LOGGER,
  OUTPUT_STORE,
  TASK_STORE,
  WAKEUPS,
  WORKER_REGISTRY,
} from '../injection-tokens.js';
import { SchedulesService } from '../schedules/schedules.service.js';
import { Shutdown } from '../shutdown.js';
import type { DiscordMessageStore } from '../storage/discord-message-store.js';
import type { OutputStore } from '../storage/output-store.js';
import type { TaskStore } from '../storage/task-store.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import { TasksService } from '../tasks/tasks.service.js';
import type { Wakeups } from '../wakeups/wakeups.js';
import type { Discord } from './discord.js';

/** The way to all of Discord, which is loaded only where it is set up. */
@Injectable()
export class DiscordGate implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Null where it is not set up. */
  discord: Discord | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(OUTPUT_STORE) private readonly output: OutputStore,
    @Inject(WORKER_REGISTRY) private readonly workers: WorkerRegistry,
    @Inject(DISCORD_MESSAGE_STORE) private readonly messages: DiscordMessageStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly tasks: TasksService,
    private readonly schedules: SchedulesService,
    private readonly artifacts: ArtifactsService,
    private readonly denials: GatheredDenials,
    private readonly shutdown: Shutdown,
  ) {}

  /** Throws `not_found`, as for any path that there is not, where Discord is not set up. */
  get opened(): Discord {
    if (!this.discord) throw new ApiError('not_found', 'Discord is not set up here: see DISCORD_PUBLIC_KEY');
    return this.discord;
  }

  async onModuleInit(): Promise<void> {
    const { config, store, output, workers, messages, wakeups, clock, logger } = this;
    if (!config.discord) return;
    const { tasks, schedules, artifacts, denials, shutdown } = this;
    const { Discord } = await import('./discord.js');
    const stores = { store, output, workers, messages };
    const services = { tasks, schedules, artifacts, denials };
    this.discord = new Discord(config.discord, { ...stores, ...services, wakeups, clock, logger, shutdown });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.discord?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.discord?.stop();
  }

  @Interval(60_000)
  async forgetTokens(): Promise<void> {
    await this.discord?.forgetTokens();
  }
}
