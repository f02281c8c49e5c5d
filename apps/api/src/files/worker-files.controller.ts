import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { ArtifactProgress } from '#contracts';
import { ArtifactAnnouncementDto, ArtifactProgressDto, AttemptQueryDto } from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { sendFile } from '../http/file-answer.js';
import { RawBody } from '../http/raw-body.js';
import { Validated } from '../http/validation.js';
import { WORKER_NAME, workerName } from '../workers/worker-name.js';
import { ArtifactsService } from './artifacts.service.js';
import { parseContentRange } from './content-range.js';
import { UploadsService } from './uploads.service.js';

@ApiTags('Worker')
@ApiBearerAuth()
@ApiHeader(WORKER_NAME)
@Controller('worker')
export class WorkerFilesController {
  constructor(
    private readonly artifacts: ArtifactsService,
    private readonly uploads: UploadsService,
  ) {}

  @Post('artifacts')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Announce a file that an attempt has left, or ask how far it has come',
    description: 'Possible while the attempt is held, and after its report for as long as no other attempt has begun.',
  })
  @ApiOkResponse({ type: ArtifactProgressDto })
  announce(
    @Body(new Validated(ArtifactAnnouncementDto, 'ignore')) body: ArtifactAnnouncementDto,
    @Headers('x-worker-name') name: string | undefined,
    @CurrentCall() call: Call,
  ): Promise<ArtifactProgress> {
    return this.artifacts.announce(body, { tokenId: call.actor.id, workerName: workerName(name) }, call);
  }

  @Put('artifacts/:id')
  @RawBody()
  @ApiHeader({ name: 'Content-Range', required: true, description: '`bytes START-END/SIZE`' })
  @ApiOperation({
    summary: 'Send the next piece of a file',
    description: 'It begins at `offset`. What has come of a piece that breaks off stays: announce the file to resume.',
  })
  @ApiOkResponse({ type: ArtifactProgressDto })
  receive(
    @Param('id') id: string,
    @Headers('content-range') range: string | undefined,
    @Headers('x-worker-name') name: string | undefined,
    @Req() request: Request,
    @CurrentCall() call: Call,
  ): Promise<ArtifactProgress> {
    const reporter = { tokenId: call.actor.id, workerName: workerName(name) };
    return this.artifacts.receive(id.toLowerCase(), parseContentRange(range), request, reporter, call);
  }

  @Get('tasks/:taskId/upload')
  @ApiOperation({ summary: 'Read the upload of a file-write that the worker holds, or a range of it' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async upload(
    @Param('taskId') taskId: string,
    @Query(new Validated(AttemptQueryDto, 'ignore')) { attempt }: AttemptQueryDto,
    @Headers('x-worker-name') name: string | undefined,
    @CurrentCall() { actor }: Call,
    @Res() response: Response,
  ): Promise<void> {
    const reporter = { tokenId: actor.id, workerName: workerName(name) };
    await sendFile(response, await this.uploads.of({ taskId, attempt: Number(attempt) }, reporter));
  }
}
