import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Share } from '../auth/access-table.js';
import type { Config } from '../config.js';
import { CONFIG } from '../injection-tokens.js';
import { FailedAuthentications } from './failed-authentications.js';
import { WINDOW_MS } from './rate-limit-headers.js';
import { WindowCounts } from './window-counts.js';

@Module({ providers: [WindowCounts], exports: [WindowCounts] })
class CountsModule {}

@Module({
  imports: [
    CountsModule,
    ThrottlerModule.forRootAsync({
      imports: [CountsModule],
      inject: [CONFIG, WindowCounts],
      useFactory: ({ rateLimitPerMinute: limit }: Config, storage: WindowCounts) => ({
        storage,
        skipIf: () => limit === 0,
        throttlers: [share('token', limit), share('heavy', heavyShare(limit))],
      }),
    }),
  ],
  providers: [FailedAuthentications],
  exports: [FailedAuthentications],
})
export class RateLimitingModule {}

const share = (name: Share, limit: number) => ({ name, limit, ttl: WINDOW_MS });

/** A twentieth, but enough for a person who looks around. */
const heavyShare = (limit: number) => Math.min(limit, Math.max(10, Math.ceil(limit / 20)));
