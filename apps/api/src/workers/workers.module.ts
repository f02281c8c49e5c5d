import { Module } from '@nestjs/common';
import { MeasuresModule } from '../metrics/measures.module.js';
import { Presence } from './presence.js';
import { WorkerRegistryController } from './worker-registry.controller.js';
import { WorkersController } from './workers.controller.js';
import { WorkersService } from './workers.service.js';

@Module({
  imports: [MeasuresModule],
  controllers: [WorkersController, WorkerRegistryController],
  providers: [WorkersService, Presence],
  exports: [Presence],
})
export class WorkersModule {}
