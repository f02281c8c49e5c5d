import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthDto, ProbeDto, ReadyDto } from '#contracts/dto';
import type { Logger } from '#logging';
import { VERSION } from '#version';
import { isFinal, type TaskStatus } from '../domain/task.js';
import { ApiError } from '../http/problem.js';
import { LOGGER, TASK_STORE } from '../injection-tokens.js';
import { ScheduleLag } from '../schedules/schedule-lag.js';
import { Shutdown } from '../shutdown.js';
import { StorageFull, StorageUnavailable } from '../storage/errors.js';
import type { TaskStore } from '../storage/task-store.js';
import { Presence } from '../workers/presence.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    private readonly presence: Presence,
    private readonly schedules: ScheduleLag,
    private readonly shutdown: Shutdown,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get()
  @ApiOperation({ summary: 'How the server is, in numbers' })
  @ApiOkResponse({ type: HealthDto })
  async health(): Promise<HealthDto> {
    const counts = Object.entries(await this.store.counts());
    const sum = (final: boolean) =>
      counts.reduce((total, [status, count]) => total + (isFinal(status as TaskStatus) === final ? count : 0), 0);
    const uptime = Math.round(process.uptime() * 1000);
    return {
      status: 'ok',
      version: VERSION,
      uptime,
      tasks: sum(false),
      results: sum(true),
      workers: this.presence.online,
      overdueSchedules: (await this.schedules.read()).overdue,
    };
  }

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  @ApiOkResponse({ type: ProbeDto })
  live(): ProbeDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether calls will be answered: 503 while the storage cannot be reached or the server stops',
  })
  @ApiOkResponse({ type: ReadyDto })
  async ready(): Promise<ReadyDto> {
    if (this.shutdown.begun) throw new ApiError('shutting_down', 'shutdown: the server is stopping');
    try {
      await this.store.probe();
    } catch (error) {
      // Why is in the log: it may name files, and anybody may ask here.
      if (error instanceof StorageFull) throw new ApiError('storage_unavailable', 'storage: its disk is full');
      if (!(error instanceof StorageUnavailable)) throw error;
      this.logger.warn({ err: error }, 'not ready: the storage does not answer');
      throw new ApiError('storage_unavailable', 'storage: the database cannot be reached');
    }
    return { status: 'ok', checks: { storage: 'ok', shutdown: 'ok' } };
  }
}
