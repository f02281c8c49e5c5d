import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { AccessGuard } from './auth/access.guard.js';
import type { Config } from './config.js';
import type { Clock } from './domain/clock.js';
import { HealthModule } from './health/health.module.js';
import { AUDIT_STORE, CLOCK, CONFIG, LOGGER, TASK_STORE, WAKEUPS, WORKER_REGISTRY } from './injection-tokens.js';
import { Shutdown } from './shutdown.js';
import type { Storage } from './storage/storage.js';
import { TasksModule } from './tasks/tasks.module.js';
import type { Wakeups } from './wakeups/wakeups.js';
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
      { provide: TASK_STORE, useValue: parts.storage.tasks },
      { provide: WORKER_REGISTRY, useValue: parts.storage.workers },
      { provide: AUDIT_STORE, useValue: parts.storage.audit },
      { provide: WAKEUPS, useValue: parts.wakeups },
      { provide: CLOCK, useValue: parts.clock },
      { provide: LOGGER, useValue: parts.logger },
      { provide: Shutdown, useValue: parts.shutdown },
    ];
    return {
      module: AppModule,
      imports: [ScheduleModule.forRoot(), TasksModule, WorkersModule, HealthModule],
      providers: [...shared, { provide: APP_GUARD, useClass: AccessGuard }],
      exports: shared.map(({ provide }) => provide),
    };
  }
}
