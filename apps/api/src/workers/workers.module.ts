import { Module } from '@nestjs/common';
import { MeasuresModule } from '../metrics/measures.module.js';
import { Presence } from './presence.js';
import { WorkerList } from './worker-list.js';
import { WorkerRegistryController } from './worker-registry.controller.js';
import { WorkersController } from './workers.controller.js';
import { WorkersService } from './workers.service.js';

@Module({
  imports: [MeasuresModule],
  controllers: [WorkersController, WorkerRegistryController],
  providers: [WorkersService, WorkerList, Presence],
  exports: [Presence, WorkerList],
})
export class WorkersModule {}
