import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EmptyDto, PageQueryDto, WorkerPageDto, WorkerRecordDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import { type Call, CurrentCall } from '../http/call.js';
import { ApiError } from '../http/problem.js';
import { pageLimit } from '../http/query.js';
import { Validated } from '../http/validation.js';
import { CLOCK, WORKER_REGISTRY } from '../injection-tokens.js';
import type { WorkerRecord, WorkerRegistry } from '../storage/worker-registry.js';
import { toRecord, WorkerList } from './worker-list.js';

/** The workers as people see them. */
@ApiTags('Workers')
@ApiBearerAuth()
@Controller('workers')
export class WorkerRegistryController {
  constructor(
    @Inject(WORKER_REGISTRY) private readonly registry: WorkerRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly workers: WorkerList,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the workers by name' })
  @ApiOkResponse({ type: WorkerPageDto })
  list(@Query(new Validated(PageQueryDto)) { limit, cursor }: PageQueryDto): Promise<WorkerPageDto> {
    return this.workers.list(pageLimit(limit), cursor);
  }

  @Get(':name')
  @ApiOperation({ summary: 'Read a worker' })
  @ApiOkResponse({ type: WorkerRecordDto })
  async read(@Param('name') name: string): Promise<WorkerRecordDto> {
    return known(name, await this.registry.find(name));
  }

  @Post(':name/drain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a worker take nothing more; it finishes what it has' })
  @ApiOkResponse({ type: WorkerRecordDto })
  drain(@Param('name') name: string, @Body(new Validated(EmptyDto)) _: EmptyDto, @CurrentCall() call: Call) {
    return this.setDrained(name, true, call);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a drained worker take tasks again' })
  @ApiOkResponse({ type: WorkerRecordDto })
  resume(@Param('name') name: string, @Body(new Validated(EmptyDto)) _: EmptyDto, @CurrentCall() call: Call) {
    return this.setDrained(name, false, call);
  }

  private async setDrained(name: string, drained: boolean, { actor }: Call): Promise<WorkerRecordDto> {
    return known(name, await this.registry.setDrained(name, drained, actor, this.clock.now()));
  }
}

function known(name: string, worker: WorkerRecord | null): WorkerRecordDto {
  if (!worker) throw new ApiError('worker_not_found', `there is no worker named ${name}`);
  return toRecord(worker);
}
