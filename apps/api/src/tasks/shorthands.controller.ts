import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ClaudeDto,
  ClaudeSubmittedDto,
  FileEditDto,
  FileListDto,
  FileReadDto,
  FileWriteDto,
  SubmittedDto,
  TaskRecordDto,
  WaitQueryDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { Validated } from '../http/validation.js';
import type { IdempotencyKey } from '../storage/task-store.js';
import { answerFor } from './acceptance.js';
import { CLAUDE_SUBMITTED_OR_RECORD, SUBMITTED_OR_RECORD } from './answer-schemas.js';
import { CallKey, IDEMPOTENCY_KEY } from './idempotency-key.js';
import { parseSubmission } from './task-submission.js';
import { TasksService } from './tasks.service.js';

const Wait = () => Query(new Validated(WaitQueryDto));

/** Short ways to submit the same tasks as `POST /tasks`, with the task's type in the path. */
@ApiTags('Tasks')
@ApiBearerAuth()
@ApiHeader(IDEMPOTENCY_KEY)
@ApiExtraModels(SubmittedDto, ClaudeSubmittedDto, TaskRecordDto)
@Controller()
export class ShorthandsController {
  constructor(private readonly tasks: TasksService) {}

  @Post('files/read')
  @HttpCode(200)
  @ApiOperation({ summary: "Read a file on the worker's machine" })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  readFile(
    @Body(new Validated(FileReadDto)) body: FileReadDto,
    @Wait() { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return this.submit({ ...body, type: 'file-read' }, wait, key, call);
  }

  @Post('files/write')
  @HttpCode(200)
  @ApiOperation({ summary: "Write a file on the worker's machine" })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  writeFile(
    @Body(new Validated(FileWriteDto)) body: FileWriteDto,
    @Wait() { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return this.submit({ ...body, type: 'file-write' }, wait, key, call);
  }

  @Post('files/edit')
  @HttpCode(200)
  @ApiOperation({ summary: "Replace text in a file on the worker's machine" })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  editFile(
    @Body(new Validated(FileEditDto)) body: FileEditDto,
    @Wait() { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    const { old_string: oldString, new_string: newString, replace_all: replaceAll, ...others } = body;
    return this.submit({ ...others, oldString, newString, replaceAll, type: 'file-edit' }, wait, key, call);
  }

  @Post('files/list')
  @HttpCode(200)
  @ApiOperation({ summary: "List a folder on the worker's machine" })
  @ApiOkResponse({ schema: SUBMITTED_OR_RECORD })
  listFolder(
    @Body(new Validated(FileListDto)) body: FileListDto,
    @Wait() { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return this.submit({ ...body, type: 'file-list' }, wait, key, call);
  }

  @Post('claude')
  @HttpCode(200)
  @ApiOperation({ summary: "Ask Claude on the worker's machine" })
  @ApiOkResponse({ schema: CLAUDE_SUBMITTED_OR_RECORD })
  askClaude(
    @Body(new Validated(ClaudeDto)) body: ClaudeDto,
    @Wait() { wait }: WaitQueryDto,
    @CallKey() key: IdempotencyKey | null,
    @CurrentCall() call: Call,
  ) {
    return this.submit({ ...body, type: 'claude-cli' }, wait, key, call);
  }

  private async submit(fields: object, wait: string | undefined, key: IdempotencyKey | null, call: Call) {
    // Once more as the task that it stands for: what the fields may not be together is said in one place.
    const [accepted] = await this.tasks.submit([parseSubmission(fields)], key, call);
    return answerFor(this.tasks, accepted, wait, call);
  }
}
