import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { OutputPageDto, OutputQueryDto } from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { lastSeen, wantsEvents } from '../http/event-stream.js';
import { waitOf } from '../http/query.js';
import { Validated } from '../http/validation.js';
import { TaskOutputService } from './task-output.service.js';

@ApiTags('Tasks')
@ApiBearerAuth()
@ApiExtraModels(OutputPageDto)
@Controller('tasks/:id/output')
export class TaskOutputController {
  constructor(private readonly output: TaskOutputService) {}

  @Get()
  @ApiOperation({
    summary: 'Read what a task has printed so far, live',
    description:
      'With `Accept: text/event-stream`, the same chunks as `output` events, whose id is their `seq`, and then one `end` event that carries the record.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'of an event stream: goes on after that event' })
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(OutputPageDto) } },
      'text/event-stream': { schema: { type: 'string' } },
    },
  })
  async read(
    @Param('id') id: string,
    @Query(new Validated(OutputQueryDto)) { after = '0', tail, wait }: OutputQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCall() call: Call,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const events = wantsEvents(request);
    const seen = (events ? lastSeen(lastEventId) : undefined) ?? Number(after);
    const begin = tail === undefined ? seen : Math.max(seen, await this.output.beforeTail(id, Number(tail)));
    if (events) return this.output.follow(id, begin, call, response);
    response.json(await this.output.page(id, begin, waitOf(wait), call));
  }
}
