import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthDto, ProbeDto } from '#contracts/dto';
import { isFinal, type TaskStatus } from '../domain/task.js';
import { ApiError } from '../http/problem.js';
import { TASK_STORE } from '../injection-tokens.js';
import { ScheduleLag } from '../schedules/schedule-lag.js';
import { Shutdown } from '../shutdown.js';
import type { TaskStore } from '../storage/task-store.js';
import { VERSION } from '../version.js';
import { Presence } from '../workers/presence.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    private readonly presence: Presence,
    private readonly schedules: ScheduleLag,
    private readonly shutdown: Shutdown,
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
  @ApiOkResponse({ type: ProbeDto })
  async ready(): Promise<ProbeDto> {
    if (this.shutdown.begun) throw new ApiError('shutting_down');
    await this.store.probe();
    return { status: 'ok' };
  }
}
