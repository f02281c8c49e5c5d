import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AuditFilterDto, AuditPageDto, AuditQueryDto, AuditVerdictDto, EmptyDto } from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { decodeCursor, encodeCursor, pageLimit } from '../http/query.js';
import { Validated } from '../http/validation.js';
import { AuditService } from './audit.service.js';
import { filterOf } from './audit-filter.js';

@ApiTags('Audit')
@ApiBearerAuth()
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @ApiOperation({ summary: 'Who did what, newest first', description: 'This call is an entry of the audit itself.' })
  @ApiOkResponse({ type: AuditPageDto })
  async listAudit(@Query(new Validated(AuditQueryDto)) query: AuditQueryDto, @CurrentCall() call: Call) {
    const before = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const { items, next } = await this.audit.list(filterOf(query), pageLimit(query.limit), before, call);
    return { items, nextCursor: next === null ? null : encodeCursor(next) };
  }

  @Get('export')
  @ApiOperation({
    summary: 'The audit as NDJSON, oldest first',
    description: 'An export without filters can be verified offline: `npm run audit:verify -- FILE`.',
  })
  @ApiOkResponse({
    description: 'one entry a line',
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  })
  exportAudit(
    @Query(new Validated(AuditFilterDto)) query: AuditFilterDto,
    @CurrentCall() call: Call,
    @Res() response: Response,
  ): Promise<void> {
    return this.audit.export(filterOf(query), call, response, () => {
      response.setHeader('Content-Type', 'application/x-ndjson');
      response.setHeader('Content-Disposition', 'attachment; filename="audit.ndjson"');
      response.setHeader('Cache-Control', 'no-store');
      response.flushHeaders();
    });
  }

  @Get('verify')
  @ApiOperation({
    summary: 'Follow the chain link by link',
    description:
      '`brokenAt` is the `seq` at which it is first not what was written; docs/audit.md says what that proves.',
  })
  @ApiOkResponse({ type: AuditVerdictDto })
  verifyAudit(@Query(new Validated(EmptyDto)) _query: EmptyDto, @CurrentCall() call: Call) {
    return this.audit.verify(call);
  }
}
