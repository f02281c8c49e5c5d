import { Body, Controller, Get, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { LIMITS, type OutputReceipt, type PollAnswer, type ReportAnswer, TASK_TYPES } from '#contracts';
import {
  HandedTaskDto,
  ManyReportsDto,
  OutputReceiptDto,
  PollAnswerDto,
  PollQueryDto,
  ReportAnswerDto,
  ReportDto,
  TASK_DTOS,
  WorkerOutputDto,
  WorkerPollDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { ApiError, methodNotAllowed } from '../http/problem.js';
import { waitOf } from '../http/query.js';
import { Validated } from '../http/validation.js';
import type { Poll } from '../storage/task-store.js';
import { WORKER_NAME, workerName } from './worker-name.js';
import { toPrinted } from './worker-output.js';
import { manyReports, parseReport, toReport } from './worker-reports.js';
import { holdOf, WorkersService } from './workers.service.js';

@ApiTags('Worker')
@ApiBearerAuth()
@ApiHeader(WORKER_NAME)
@ApiExtraModels(HandedTaskDto, ReportDto, ManyReportsDto)
@Controller('worker')
export class WorkersController {
  constructor(private readonly workers: WorkersService) {}

  @Get('poll')
  @ApiOperation({
    summary: 'Take one task, waiting for it: all that a simple worker needs, with `POST /worker/result`',
  })
  @ApiOkResponse({
    description: 'the task with the fields of its type, or null',
    schema: {
      nullable: true,
      allOf: [
        { $ref: getSchemaPath(HandedTaskDto) },
        { oneOf: Object.values(TASK_DTOS).map((type) => ({ $ref: getSchemaPath(type) })) },
      ],
    },
  })
  async claimOne(
    @Query(new Validated(PollQueryDto, 'ignore')) { wait }: PollQueryDto,
    @Headers('x-worker-name') name: string | undefined,
    @CurrentCall() call: Call,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    // Express answers HEAD by the handler of GET, whose task would then be thrown away with the body.
    if (request.method === 'HEAD') throw methodNotAllowed(request, ['GET', 'POST']);
    const claimant = { kind: 'simple', tokenId: call.actor.id, workerName: workerName(name) } as const;
    const hold = waitOf(wait, LIMITS.pollWait.default, LIMITS.pollWait.max);
    // Written by hand: what is returned as null, Nest would answer as no body at all.
    response.json(await this.workers.claimOne(claimant, hold, call));
  }

  @Post('poll')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say what the worker is and holds, and take tasks' })
  @ApiOkResponse({ type: PollAnswerDto })
  poll(
    @Body(new Validated(WorkerPollDto, 'ignore')) body: WorkerPollDto,
    @CurrentCall() call: Call,
  ): Promise<PollAnswer> {
    const poll = toPoll(body, call.actor.id);
    const wait = holdOf(body.wait, poll.running.length > 0);
    const farewell = body.draining === true && body.max === 0 && wait === 0 && poll.running.length === 0;
    return this.workers.poll(poll, { wait, farewell }, call);
  }

  @Post('output')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send what an attempt prints, while it runs' })
  @ApiOkResponse({ type: OutputReceiptDto })
  output(
    @Body(new Validated(WorkerOutputDto, 'ignore')) body: WorkerOutputDto,
    @Headers('x-worker-name') name: string | undefined,
    @CurrentCall() call: Call,
  ): Promise<OutputReceipt> {
    return this.workers.output(toPrinted(body, { tokenId: call.actor.id, workerName: workerName(name) }));
  }

  @Post('result')
  @HttpCode(200)
  @ApiOperation({ summary: 'Report how an attempt ended, or many' })
  @ApiBody({ schema: { oneOf: [ReportDto, ManyReportsDto].map((type) => ({ $ref: getSchemaPath(type) })) } })
  @ApiOkResponse({ type: ReportAnswerDto })
  async report(
    @Body() body: unknown,
    @Headers('x-worker-name') name: string | undefined,
    @CurrentCall() call: Call,
  ): Promise<ReportAnswer> {
    const reporter = { tokenId: call.actor.id, workerName: workerName(name) };
    const take = async (report: unknown) => this.workers.report(toReport(parseReport(report), reporter), call);
    const many = manyReports(body);
    if (many === null) return take(body ?? {});
    const results = await Promise.all(many.map((report) => verdictOn(report, take)));
    return { success: results.every(({ status }) => status === 200), results };
  }
}

/** What a report of many would have been answered alone; the fault of one is no fault of the others. */
async function verdictOn(report: unknown, take: (report: unknown) => Promise<unknown>) {
  const { taskId, attempt } = (report ?? {}) as { taskId?: unknown; attempt?: unknown };
  const named = {
    taskId: typeof taskId === 'string' ? taskId : null,
    attempt: typeof attempt === 'number' ? attempt : null,
  };
  try {
    await take(report);
    return { ...named, status: 200 };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...named, status: error.status, code: error.code };
  }
}

function toPoll({ worker, seq, max, draining, running }: WorkerPollDto, tokenId: string): Poll {
  // Kinds that this server does not know are of a newer worker: it still gets what both know.
  const kinds = worker.kinds ? TASK_TYPES.filter((type) => worker.kinds?.includes(type)) : [...TASK_TYPES];
  return {
    claimant: {
      kind: 'session',
      tokenId,
      workerName: worker.name,
      workerId: worker.id.toLowerCase(),
      generation: worker.generation,
      seq,
    },
    description: {
      hostname: worker.hostname ?? null,
      platform: worker.platform ?? null,
      version: worker.version ?? null,
      tags: worker.tags ?? [],
      maxConcurrent: worker.maxConcurrent ?? null,
    },
    kinds,
    max: draining ? 0 : Math.min(max ?? 1, LIMITS.pollMax),
    draining: draining ?? false,
    running: (running ?? []).map(({ taskId, attempt, cancelling }) => ({
      taskId,
      attempt,
      cancelling: cancelling ?? false,
    })),
  };
}
