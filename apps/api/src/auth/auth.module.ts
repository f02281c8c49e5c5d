import { Module } from '@nestjs/common';
import { GatheredDenials } from './gathered-denials.js';
import { TokenRegistry } from './token-registry.js';
import { TokenUses } from './token-uses.js';
import { TokensController } from './tokens.controller.js';
import { TokensService } from './tokens.service.js';

@Module({
  controllers: [TokensController],
  providers: [TokensService, TokenRegistry, TokenUses, GatheredDenials],
  exports: [TokenRegistry, TokenUses, GatheredDenials],
})
export class AuthModule {}
