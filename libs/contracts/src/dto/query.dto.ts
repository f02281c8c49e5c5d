import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { LIMITS } from '../limits.js';

const WAIT = { expression: /^\d+$/, message: 'wait must be a whole number of milliseconds, such as wait=30000' };

/** `?wait=MS` of a client's call. */
export class WaitQueryDto {
  @ApiPropertyOptional({
    description: `how long to wait for the end, in ms; more than ${LIMITS.clientWait} counts as that`,
    type: 'integer',
    minimum: 0,
  })
  @IsOptional()
  @Matches(WAIT.expression, { message: WAIT.message })
  wait?: string;
}

/** `?wait=MS` of a worker's poll. */
export class PollQueryDto {
  @ApiPropertyOptional({
    description: `how long the poll may be held, in ms; more than ${LIMITS.pollWait.max} counts as that`,
    type: 'integer',
    minimum: 0,
    default: LIMITS.pollWait.default,
  })
  @IsOptional()
  @Matches(WAIT.expression, { message: WAIT.message })
  wait?: string;
}

export class PageQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMITS.page.max, default: LIMITS.page.default })
  @IsOptional()
  @Matches(/^(1\d\d|200|[1-9]\d?)$/, { message: `limit must be a whole number from 1 to ${LIMITS.page.max}` })
  limit?: string;

  @ApiPropertyOptional({ description: 'the `nextCursor` of the page before' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,200}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;
}
