import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { AUDIT_ACTION_NAMES, AUDIT_OUTCOMES, type AuditAction, type AuditOutcome } from '../audit.js';
import { UUID } from './patterns.js';
import { PeriodQueryDto, Search } from './query.dto.js';

export class AuditQueryDto extends PeriodQueryDto {
  @ApiPropertyOptional({ enum: AUDIT_ACTION_NAMES })
  @IsOptional()
  @IsIn(AUDIT_ACTION_NAMES, {
    message: 'action must be one that docs/audit.md lists, such as action=task.submitted',
  })
  action?: AuditAction;

  @ApiPropertyOptional({ description: 'id or name of who acted', maxLength: 256 })
  @IsOptional()
  @Matches(/^[^\0]{1,256}$/su, { message: 'actor must be the id or the name of who acted, such as actor=laptop' })
  actor?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @Matches(UUID.expression, {
    message: 'taskId must be the id of a task, a UUID such as taskId=0199d4a8-7c3e-7b2a-9f64-3f0f6f1d2c11',
  })
  taskId?: string;

  @ApiPropertyOptional({ enum: AUDIT_OUTCOMES })
  @IsOptional()
  @IsIn(AUDIT_OUTCOMES, { message: `outcome must be one of ${AUDIT_OUTCOMES.join(', ')}` })
  outcome?: AuditOutcome;

  @Search('words that its action, actor, target, address or detail must hold')
  q?: string;
}

/** What an export is asked for: all that fits, so that there are no pages. */
export class AuditFilterDto extends OmitType(AuditQueryDto, ['limit', 'cursor'] as const) {}

const whenKnown = { nullable: true };

class AuditActorDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ example: 'client' })
  role: string;
}

export class AuditRecordDto {
  @ApiProperty({ type: 'integer', description: 'place in the chain, from 1 on' })
  seq: number;
  @ApiProperty({ type: 'integer', description: 'milliseconds since the Unix epoch' })
  at: number;
  @ApiProperty({ type: AuditActorDto })
  actor: AuditActorDto;
  @ApiProperty({ type: String, ...whenKnown })
  ip: string | null;
  @ApiProperty({ type: String, ...whenKnown })
  userAgent: string | null;
  @ApiProperty({ type: String, ...whenKnown })
  requestId: string | null;
  @ApiProperty({ enum: AUDIT_ACTION_NAMES })
  action: string;
  @ApiProperty({ type: String, description: 'what it was done to', ...whenKnown })
  target: string | null;
  @ApiProperty({ type: String, format: 'uuid', ...whenKnown })
  taskId: string | null;
  @ApiProperty({ enum: AUDIT_OUTCOMES })
  outcome: AuditOutcome;
  @ApiProperty({ type: 'object', additionalProperties: true })
  detail: Record<string, unknown>;
  @ApiProperty({ description: 'the hash of the entry before' })
  prevHash: string;
  @ApiProperty({ description: 'SHA-256 over the RFC 8785 canonical JSON of the other fields' })
  hash: string;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditRecordDto] })
  items: AuditRecordDto[];
  @ApiProperty({ type: String, ...whenKnown, description: 'pass it as `cursor` for the next page; null on the last' })
  nextCursor: string | null;
}

class CheckpointDto {
  @ApiProperty({ type: 'integer', description: 'the last entry that retention has removed' })
  removedThrough: number;
  @ApiProperty({ description: 'its hash, which the first entry that is left follows from' })
  hash: string;
}

class HeadsVerdictDto {
  @ApiProperty({ type: 'integer', description: 'compared with the chain' })
  checked: number;
  @ApiProperty({ type: 'integer', description: 'of what retention has removed' })
  skipped: number;
  @ApiProperty({ type: 'integer', description: 'of what a restore has given up' })
  setAside: number;
  @ApiProperty({ type: 'integer', description: 'signed with another key: compared by their hashes alone' })
  unknownKey: number;
  @ApiProperty({ type: 'integer', description: 'lines of AUDIT_HEADS_FILE that are no heads' })
  unreadable: number;
}

export class AuditVerdictDto {
  @ApiProperty()
  ok: boolean;
  @ApiProperty({ type: 'integer' })
  entries: number;
  @ApiProperty({ type: 'integer', ...whenKnown })
  firstSeq: number | null;
  @ApiProperty({ type: 'integer', ...whenKnown })
  lastSeq: number | null;
  @ApiProperty({ type: String, description: 'the hash of the last entry', ...whenKnown })
  head: string | null;
  @ApiProperty({ type: 'integer', required: false, description: 'where the chain is first not what was written' })
  brokenAt?: number;
  @ApiProperty({ required: false, description: 'what is wrong there' })
  reason?: string;
  @ApiProperty({ type: CheckpointDto, required: false })
  checkpoint?: CheckpointDto;
  @ApiProperty({ type: HeadsVerdictDto, required: false, description: 'what the signed heads say, by count' })
  heads?: HeadsVerdictDto;
}
