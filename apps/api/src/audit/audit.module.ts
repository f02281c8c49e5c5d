import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { AuditHeads } from './audit-heads.js';
import { AuditRetention } from './audit-retention.js';
import { AuditVerification } from './audit-verification.js';
import { ChainReaders } from './chain-readers.js';

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditVerification, AuditHeads, AuditRetention, ChainReaders],
})
export class AuditModule {}
