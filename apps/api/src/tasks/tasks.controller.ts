import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { LIMITS } from '#contracts';
import {
  EmptyDto,
  ReleasedDto,
  ReleaseHeldDto,
  SubmittedDto,
  TASK_DTOS,
  TaskPageDto,
  TaskQueryDto,
  TaskRecordDto,
  WaitQueryDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { pageLimit, waitOf } from '../http/query.js';
import { Validated } from '../http/validation.js';
import type { IdempotencyKey, TaskFilter } from '../storage/task-store.js';
import { answerFor, toSubmitted } from './acceptance.js';
import { oneOf, RECORD, SUBMITTED_OR_RECORD } from './answer-schemas.js';
import { CallKey, IDEMPOTENCY_KEY } from './idempotency-key.js';
import { writeRecords } from './record-stream.js';
import { parseBatch, parseSubmission } from './task-submission.js';
import { TasksService } from './tasks.service.js';

const BODIES = Object.values(TASK_DTOS);
@ApiTags('Tasks')
@ApiBearerAuth()
@ApiExtraModels(TaskRecordDto, SubmittedDto, ...BODIES)
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Post()
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({
    summary: 'Submit a task',
    description: 'With `wait`, answers the finished record, or the unfinished one when the wait ends first.',
  })
  @ApiBody({ schema: oneOf(...BODIES) })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  async submit(
    @Body() body: unknown,
    @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    const [accepted] = await this.tasks.submit([parseSubmission(body ?? {})], key, call);
    return answerFor(this.tasks, accepted, wait, call);
  }

  @Post('batch')
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({
    summary: 'Submit many tasks: all are stored, or none',
    description: 'With `wait`, answers their records when all have ended or the wait is over.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      properties: { tasks: { type: 'array', minItems: 1, maxItems: LIMITS.batch, items: oneOf(...BODIES) } },
      required: ['tasks'],
    },
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: { tasks: { type: 'array', items: SUBMITTED_OR_RECORD } },
      required: ['tasks'],
    },
  })
  async submitMany(
    @Body() body: unknown,
    @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
    @Res() response: Response,
  ): Promise<void> {
    const accepted = await this.tasks.submit(parseBatch(body), key, call);
    if (wait === undefined) {
      response.json({ tasks: accepted.map(toSubmitted).map(({ taskId, status }) => ({ taskId, status })) });
      return;
    }
    const ids = accepted.map(({ id }) => id);
    await this.tasks.ended(ids, waitOf(wait), call);
    await writeRecords(response, ids, (id) => this.tasks.read(id, 0, call), call.gone);
  }

  @Get()
  @ApiOperation({ summary: 'List tasks, newest first, without their output' })
  @ApiOkResponse({ type: TaskPageDto })
  list(@Query(new Validated(TaskQueryDto)) query: TaskQueryDto) {
    return this.tasks.list(toFilter(query), pageLimit(query.limit), query.cursor);
  }

  @Post('held/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let tasks go that a restore has held back' })
  @ApiOkResponse({ type: ReleasedDto })
  async releaseHeld(
    @Body(new Validated(ReleaseHeldDto)) { ids }: ReleaseHeldDto,
    @CurrentCall() call: Call,
  ): Promise<ReleasedDto> {
    return { released: await this.tasks.releaseHeld(ids, call) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a task, waiting for its end if `wait` says so' })
  @ApiOkResponse({ schema: RECORD })
  read(@Param('id') id: string, @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto, @CurrentCall() call: Call) {
    return this.tasks.read(id, waitOf(wait), call);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'End a waiting task, or ask the worker of a running one to end it' })
  @ApiOkResponse({ schema: RECORD })
  cancel(@Param('id') id: string, @Body(new Validated(EmptyDto)) _: EmptyDto, @CurrentCall() call: Call) {
    return this.tasks.cancel(id, call);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Submit the input of an ended task once more, as a new task' })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  async retry(
    @Param('id') id: string,
    @Body(new Validated(EmptyDto)) _: EmptyDto,
    @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return answerFor(this.tasks, await this.tasks.retry(id, key, call), wait, call);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an ended task with its output' })
  @ApiNoContentResponse()
  remove(@Param('id') id: string, @CurrentCall() call: Call): Promise<void> {
    return this.tasks.remove(id, call);
  }
}

function toFilter({ status, type, worker, schedule, q, from, to, held }: TaskQueryDto): TaskFilter {
  return {
    status: status ?? null,
    type: type ?? null,
    worker: worker ?? null,
    schedule: schedule?.toLowerCase() ?? null,
    q: q ?? null,
    from: from === undefined ? null : Number(from),
    to: to === undefined ? null : Number(to),
    held: held === 'true',
  };
}
