import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { LIMITS } from '../limits.js';
import { STREAMS, type StreamName } from '../output.js';
import { TEXT_ENCODINGS, type TextEncoding } from '../task.js';
import { Base64When, Integer, Nested, OneOf, Output } from './fields.js';
import { WaitQueryDto } from './query.dto.js';
import { AttemptRefDto } from './worker.dto.js';

/** The number of a chunk as text. */
export const SEQ_TEXT = /^\d{1,15}$/;

export class SentChunkDto {
  @Integer({ required: true, description: 'counts from 1 in each attempt, over both streams', min: 1, max: 2 ** 50 })
  seq: number;

  @OneOf({ required: true, values: STREAMS, description: 'where it was printed to' })
  stream: StreamName;

  @Output({
    required: true,
    description: `what was printed, at most ${LIMITS.output.chunkBytes} bytes`,
    // As base64 it takes four characters for three bytes.
    maxBytes: Math.ceil(LIMITS.output.chunkBytes / 3) * 4,
  })
  @Base64When('encoding')
  data: string;

  @OneOf({ values: TEXT_ENCODINGS, description: 'how `data` is encoded: base64 for what is no UTF-8', default: 'utf8' })
  encoding?: TextEncoding;
}

export class WorkerOutputDto extends AttemptRefDto {
  @Nested(SentChunkDto, {
    list: true,
    required: true,
    maxItems: LIMITS.output.chunks,
    description: 'what has been printed, in order; none asks for `next`',
  })
  chunks: SentChunkDto[];
}

export class OutputReceiptDto {
  @ApiProperty({ type: 'integer', description: 'the `seq` that is expected next; what comes before it is stored' })
  next: number;
}

export class OutputQueryDto extends WaitQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0, description: 'only chunks whose `seq` is above it' })
  @IsOptional()
  @Matches(SEQ_TEXT, { message: 'after must be the `next` of the page before, or 0 for the beginning' })
  after?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description:
      'begins no further from the end than about this many bytes of it, instead of with all that is after `after`',
  })
  @IsOptional()
  @Matches(/^[1-9]\d{0,8}$/, { message: 'tail must be a whole number of bytes from 1, such as tail=4096' })
  tail?: string;
}

class OutputChunkDto {
  @ApiProperty({ type: 'integer', description: 'counts from 1 in each task, over all attempts' })
  seq: number;
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ enum: STREAMS })
  stream: string;
  @ApiProperty()
  data: string;
  @ApiProperty({ enum: TEXT_ENCODINGS, description: 'base64 for bytes that are no UTF-8' })
  encoding: string;
  @ApiProperty({ type: 'integer', description: 'when the server got it, in ms since the Unix epoch' })
  at: number;
}

export class OutputPageDto {
  @ApiProperty({ type: [OutputChunkDto] })
  chunks: OutputChunkDto[];
  @ApiProperty({ type: 'integer', description: 'pass it as `after` for what follows' })
  next: number;
  @ApiProperty({ description: 'the task has ended, and nothing follows' })
  done: boolean;
}
