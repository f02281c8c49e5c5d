import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { LIMITS } from '#contracts';
import { PageQueryDto, SubmittedDto, TASK_DTOS, TaskPageDto, TaskRecordDto, WaitQueryDto } from '#contracts/dto';
import { AllowRoles } from '../auth/access.guard.js';
import { type Call, CurrentCall } from '../http/call.js';
import { waitOf } from '../http/query.js';
import { Validated } from '../http/validation.js';
import { RefuseIdempotencyKey } from './idempotency-key.guard.js';
import { parseSubmission } from './task-submission.js';
import { TasksService } from './tasks.service.js';

const BODIES = Object.values(TASK_DTOS);
/** A record carries the submitted fields of its type, with the names alone of `env`. */
const RECORD = {
  allOf: [
    { $ref: getSchemaPath(TaskRecordDto) },
    { type: 'object', additionalProperties: true, description: 'the submitted fields of its type; `env` as names' },
  ],
};
const oneOf = (...types: (new () => object)[]) => ({ oneOf: types.map((type) => ({ $ref: getSchemaPath(type) })) });

@ApiTags('Tasks')
@ApiBearerAuth()
@ApiExtraModels(TaskRecordDto, SubmittedDto, ...BODIES)
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Post()
  @HttpCode(200)
  @AllowRoles('client')
  @UseGuards(RefuseIdempotencyKey)
  @ApiOperation({
    summary: 'Submit a task',
    description: 'With `wait`, answers the finished record, or the unfinished one when the wait ends first.',
  })
  @ApiBody({ schema: oneOf(...BODIES) })
  @ApiOkResponse({ schema: { oneOf: [{ $ref: getSchemaPath(SubmittedDto) }, RECORD] } })
  submit(@Body() body: unknown, @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto, @CurrentCall() call: Call) {
    return this.tasks.submit(parseSubmission(body), wait, call);
  }

  @Get()
  @AllowRoles('client', 'viewer')
  @ApiOperation({ summary: 'List tasks, newest first, without their output' })
  @ApiOkResponse({ type: TaskPageDto })
  list(@Query(new Validated(PageQueryDto)) { limit, cursor }: PageQueryDto) {
    return this.tasks.list(limit === undefined ? LIMITS.page.default : Number(limit), cursor);
  }

  @Get(':id')
  @AllowRoles('client', 'viewer')
  @ApiOperation({ summary: 'Read a task, waiting for its end if `wait` says so' })
  @ApiOkResponse({ schema: RECORD })
  read(@Param('id') id: string, @Query(new Validated(WaitQueryDto)) { wait }: WaitQueryDto, @CurrentCall() call: Call) {
    return this.tasks.read(id, waitOf(wait), call.gone);
  }
}
