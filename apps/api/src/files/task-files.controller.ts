import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Upload } from '#contracts';
import { ArtifactPageDto, UploadDto, UploadQueryDto } from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { asAttachment, sendFile } from '../http/file-answer.js';
import { RawBody } from '../http/raw-body.js';
import { Validated } from '../http/validation.js';
import { ArtifactsService } from './artifacts.service.js';
import { UploadsService } from './uploads.service.js';

@ApiTags('Tasks')
@ApiBearerAuth()
@Controller('tasks')
export class TaskFilesController {
  constructor(
    private readonly artifacts: ArtifactsService,
    private readonly uploads: UploadsService,
  ) {}

  @Post('uploads')
  @HttpCode(200)
  @RawBody()
  @ApiOperation({ summary: 'Send a file ahead of the file-write that puts it on a worker' })
  @ApiOkResponse({ type: UploadDto })
  upload(
    @Query(new Validated(UploadQueryDto)) { sha256 }: UploadQueryDto,
    @Req() request: Request,
    @CurrentCall() call: Call,
  ): Promise<Upload> {
    return this.uploads.receive(request, sha256, call);
  }

  @Get(':id/artifacts')
  @ApiOperation({ summary: 'The files that a task has left, the newest of each name' })
  @ApiOkResponse({ type: ArtifactPageDto })
  async list(@Param('id') id: string): Promise<ArtifactPageDto> {
    return { items: await this.artifacts.list(id), nextCursor: null };
  }

  @Get(':id/artifacts/:name')
  @ApiOperation({ summary: 'Read one of them, or a range of it' })
  @ApiProduces('*/*')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiResponse({ status: 206, description: 'the range that was asked for' })
  @ApiResponse({ status: 304, description: 'it is what `If-None-Match` names' })
  async read(@Param('id') id: string, @Param('name') name: string, @Res() response: Response): Promise<void> {
    const { artifact, path } = await this.artifacts.find(id, name);
    const { size, sha256, contentType } = artifact;
    await sendFile(response, { path, size, sha256, headers: asAttachment(response, name, contentType) });
  }
}
