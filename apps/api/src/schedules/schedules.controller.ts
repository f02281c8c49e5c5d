import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { LIMITS } from '#contracts';
import {
  CreateScheduleDto,
  EmptyDto,
  PageQueryDto,
  ScheduleDto,
  SchedulePageDto,
  SubmittedDto,
  TaskRecordDto,
  UpcomingDto,
  UpcomingQueryDto,
  UpdateScheduleDto,
  WaitQueryDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { pageLimit } from '../http/query.js';
import { Validated } from '../http/validation.js';
import type { IdempotencyKey } from '../storage/task-store.js';
import { answerFor } from '../tasks/acceptance.js';
import { SUBMITTED_OR_RECORD } from '../tasks/answer-schemas.js';
import { CallKey, IDEMPOTENCY_KEY } from '../tasks/idempotency-key.js';
import { TasksService } from '../tasks/tasks.service.js';
import { SchedulesService } from './schedules.service.js';

@ApiTags('Schedules')
@ApiBearerAuth()
@ApiExtraModels(SubmittedDto, TaskRecordDto)
@Controller('schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: SchedulesService,
    private readonly tasks: TasksService,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a task be made again and again' })
  @ApiOkResponse({ type: ScheduleDto })
  createSchedule(@Body(new Validated(CreateScheduleDto)) body: CreateScheduleDto, @CurrentCall() call: Call) {
    return this.schedules.create(body, call);
  }

  @Get()
  @ApiOperation({ summary: 'List schedules, newest first' })
  @ApiOkResponse({ type: SchedulePageDto })
  listSchedules(@Query(new Validated(PageQueryDto)) { limit, cursor }: PageQueryDto) {
    return this.schedules.list(pageLimit(limit), cursor);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a schedule' })
  @ApiOkResponse({ type: ScheduleDto })
  readSchedule(@Param('id') id: string) {
    return this.schedules.read(id);
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change a schedule: what is left out stays as it is',
    description:
      'A new time, or a pause that ends, counts from now on: an edit never fires for times that have passed.',
  })
  @ApiOkResponse({ type: ScheduleDto })
  updateSchedule(
    @Param('id') id: string,
    @Body(new Validated(UpdateScheduleDto)) body: UpdateScheduleDto,
    @CurrentCall() call: Call,
  ) {
    return this.schedules.update(id, body, call);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a schedule; its tasks stay' })
  @ApiNoContentResponse()
  deleteSchedule(@Param('id') id: string, @CurrentCall() call: Call): Promise<void> {
    return this.schedules.remove(id, call);
  }

  @Post(':id/run')
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({
    summary: 'Make its task now, even when it is paused or an earlier task is unfinished',
    description: 'With `wait`, answers the finished record, or the unfinished one when the wait ends first.',
  })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  async runSchedule(
    @Param('id') id: string,
    @Body(new Validated(EmptyDto)) _: EmptyDto,
    @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return answerFor(this.tasks, await this.schedules.run(id, key, call), wait, call);
  }

  @Get(':id/upcoming')
  @ApiOperation({ summary: 'When it will fire next, or would if it were not paused' })
  @ApiOkResponse({ type: UpcomingDto })
  async upcomingFires(@Param('id') id: string, @Query(new Validated(UpcomingQueryDto)) { count }: UpcomingQueryDto) {
    return { items: await this.schedules.upcoming(id, count === undefined ? LIMITS.upcoming.default : Number(count)) };
  }
}
