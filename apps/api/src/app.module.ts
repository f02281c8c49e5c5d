import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { AuditModule } from './audit/audit.module.js';
import { AccessGuard } from './auth/access.guard.js';
import { AuthModule } from './auth/auth.module.js';
import { AuthenticationGuard } from './auth/authentication.guard.js';
import type { Config } from './config.js';
import { DiscordModule } from './discord/discord.module.js';
import type { Clock } from './domain/clock.js';
import { EventsModule } from './events/events.module.js';
import { FilesModule } from './files/files.module.js';
import { HealthModule } from './health/health.module.js';
import { JsonBody } from './http/json-body.js';
import { LongAnswers } from './http/long-answers.js';
import { TaskOfAnswer } from './http/request-log.js';
import {
  AUDIT_STORE,
  CLOCK,
  CONFIG,
  DISCORD_MESSAGE_STORE,
  FILE_STORE,
  LOGGER,
  OUTPUT_STORE,
  SCHEDULE_STORE,
  STORAGE,
  TASK_STORE,
  TOKEN_STORE,
  WAKEUPS,
  WEBHOOK_STORE,
  WORKER_REGISTRY,
} from './injection-tokens.js';
import { McpModule } from './mcp/mcp.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { RateLimitGuard } from './rate-limiting/rate-limit.guard.js';
import { RateLimitingModule } from './rate-limiting/rate-limiting.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SearchUpkeep } from './search-upkeep.js';
import { Shutdown } from './shutdown.js';
import type { Storage } from './storage/storage.js';
import { TasksModule } from './tasks/tasks.module.js';
import type { Wakeups } from './wakeups/wakeups.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { WorkersModule } from './workers/workers.module.js';

/** What the features are given: chosen by who starts the server. */
export interface Parts {
  config: Config;
  storage: Storage;
  wakeups: Wakeups;
  clock: Clock;
  logger: Logger;
  shutdown: Shutdown;
}

@Global()
@Module({})
export class AppModule {
  static with(parts: Parts): DynamicModule {
    const shared = [
      { provide: CONFIG, useValue: parts.config },
      { provide: STORAGE, useValue: parts.storage },
      { provide: TASK_STORE, useValue: parts.storage.tasks },
      { provide: OUTPUT_STORE, useValue: parts.storage.output },
      { provide: SCHEDULE_STORE, useValue: parts.storage.schedules },
      { provide: FILE_STORE, useValue: parts.storage.files },
      { provide: WORKER_REGISTRY, useValue: parts.storage.workers },
      { provide: TOKEN_STORE, useValue: parts.storage.tokens },
      { provide: WEBHOOK_STORE, useValue: parts.storage.webhooks },
      { provide: DISCORD_MESSAGE_STORE, useValue: parts.storage.discordMessages },
      { provide: AUDIT_STORE, useValue: parts.storage.audit },
      { provide: WAKEUPS, useValue: parts.wakeups },
      { provide: CLOCK, useValue: parts.clock },
      { provide: LOGGER, useValue: parts.logger },
      { provide: Shutdown, useValue: parts.shutdown },
    ];
    return {
      module: AppModule,
      imports: [
        ScheduleModule.forRoot(),
        AuthModule,
        RateLimitingModule,
        TasksModule,
        SchedulesModule,
        WorkersModule,
        FilesModule,
        AuditModule,
        EventsModule,
        WebhooksModule,
        McpModule,
        DiscordModule,
        HealthModule,
        MetricsModule,
      ],
      providers: [
        ...shared,
        SearchUpkeep,
        // In this order: who it is, whether it has calls left, whether it may; and only then its body.
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: LongAnswers },
        { provide: APP_INTERCEPTOR, useClass: JsonBody },
        { provide: APP_INTERCEPTOR, useClass: TaskOfAnswer },
      ],
      exports: shared.map(({ provide }) => provide),
    };
  }
}
