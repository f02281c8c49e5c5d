import { ApiProperty } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import { Integer, Text } from './fields.js';
import { SHA256 } from './patterns.js';
import { AttemptRefDto } from './worker.dto.js';

const NAME = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it keeps out
  expression: /^(?!\.{1,2}$)[^/\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/u,
  meaning: 'the name of a file: not "." or "..", and without "/" and control characters',
};

const CONTENT_TYPE = {
  expression:
    /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}( *; *[\w!#$&^.+-]{1,64}=([\w!#$&^.+-]{1,64}|"[\w !#$&^.+/:-]{0,64}")){0,4}$/,
  meaning: 'a media type such as "image/png"',
};

export class ArtifactAnnouncementDto extends AttemptRefDto {
  @Text({
    required: true,
    description: 'names the file within its task',
    minBytes: 1,
    maxBytes: LIMITS.artifacts.nameBytes,
    pattern: NAME,
    example: 'shot.png',
  })
  name: string;

  @Text({
    required: true,
    description: "where it is on the worker's machine",
    minBytes: 1,
    maxBytes: LIMITS.pathBytes,
    withoutNul: true,
    example: '/tmp/shot.png',
  })
  path: string;

  @Integer({ required: true, description: 'its size in bytes', min: 0, max: LIMITS.artifacts.fileBytes })
  size: number;

  @Text({ required: true, description: 'its SHA-256, in hex', pattern: SHA256 })
  sha256: string;

  @Text({ description: 'its media type, default application/octet-stream', pattern: CONTENT_TYPE })
  contentType?: string;
}

export class ArtifactProgressDto {
  @ApiProperty({ format: 'uuid', description: 'for `PUT /worker/artifacts/{id}`' })
  artifactId: string;
  @ApiProperty({ type: 'integer', description: 'how many bytes the server has: where the next piece begins' })
  offset: number;
  @ApiProperty({ description: 'all bytes are there, and are those that were announced' })
  complete: boolean;
}

class ArtifactDto {
  @ApiProperty()
  name: string;
  @ApiProperty({ description: "where it was on the worker's machine" })
  path: string;
  @ApiProperty({ type: 'integer', description: 'bytes' })
  size: number;
  @ApiProperty()
  sha256: string;
  @ApiProperty()
  contentType: string;
  @ApiProperty({ type: 'integer', description: 'number of the attempt that has left it' })
  attempt: number;
  @ApiProperty({ type: 'integer', description: 'milliseconds since the Unix epoch' })
  storedAt: number;
}

export class ArtifactPageDto {
  @ApiProperty({ type: [ArtifactDto] })
  items: ArtifactDto[];
  @ApiProperty({ type: String, nullable: true, description: 'always null: a task has no more files than one page' })
  nextCursor: string | null;
}

export class UploadDto {
  @ApiProperty({ format: 'uuid', description: 'for `upload` of a file-write' })
  upload: string;
  @ApiProperty({ type: 'integer', description: 'bytes' })
  size: number;
  @ApiProperty()
  sha256: string;
  @ApiProperty({
    type: 'integer',
    description: 'removed then unless a task names it; milliseconds since the Unix epoch',
  })
  expiresAt: number;
}
