import { Module } from '@nestjs/common';
import { Presence } from './presence.js';
import { WorkersController } from './workers.controller.js';
import { WorkersService } from './workers.service.js';

@Module({
  controllers: [WorkersController],
  providers: [WorkersService, Presence],
  exports: [Presence],
})
export class WorkersModule {}
