import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { EventQueryDto } from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { lastSeen } from '../http/event-stream.js';
import { Validated } from '../http/validation.js';
import { EventsService } from './events.service.js';

@ApiTags('Events')
@ApiBearerAuth()
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @ApiOperation({
    summary: 'Hear what changes, as it changes',
    description:
      'An event stream of `task`, `worker` and `schedule` events, each a hint to read anew: the id and the new status of what has changed. With a filter, of the tasks that fit it alone. `Last-Event-ID` resumes within five minutes; later there is a `reset` event first, after which everything has to be read anew.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'goes on after that event' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  follow(
    @Query(new Validated(EventQueryDto)) filter: EventQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCall() call: Call,
    @Res() response: Response,
  ): Promise<void> {
    return this.events.follow(filter, lastSeen(lastEventId) ?? null, call, response);
  }
}
