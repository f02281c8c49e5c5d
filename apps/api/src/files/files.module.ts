import { Module } from '@nestjs/common';
import type { Config } from '../config.js';
import { CONFIG } from '../injection-tokens.js';
import { BlobFolder } from '../storage/blob-folder.js';
import { ArtifactsService } from './artifacts.service.js';
import { BlobSweep } from './blob-sweep.js';
import { TaskFilesController } from './task-files.controller.js';
import { UploadsService } from './uploads.service.js';
import { WorkerFilesController } from './worker-files.controller.js';

@Module({
  controllers: [TaskFilesController, WorkerFilesController],
  providers: [
    ArtifactsService,
    UploadsService,
    BlobSweep,
    { provide: BlobFolder, useFactory: (config: Config) => BlobFolder.beside(config.databasePath), inject: [CONFIG] },
  ],
  exports: [ArtifactsService],
})
export class FilesModule {}
