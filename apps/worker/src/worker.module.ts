import { hostname } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#logging';
import { VERSION } from '#version';
import { ClaimLoop } from './claim-loop.js';
import type { WorkerConfig } from './config.js';
import { ArtifactUpload } from './delivery/artifact-upload.js';
import { ResultDelivery } from './delivery/result-delivery.js';
import { ResultSpool } from './delivery/result-spool.js';
import { SpoolGuard } from './delivery/spool-guard.js';
import { createExecutors } from './executors/index.js';
import { openIdentity, type WorkerIdentity } from './identity.js';
import { AttemptJournal } from './journal/attempt-journal.js';
import { bootId } from './journal/boot-id.js';
import { endLeftovers } from './journal/leftovers.js';
import { type Pacing, realPacing } from './pacing.js';
import { Cgroups } from './process/cgroups.js';
import type { LoginShell } from './process/login-shell.js';
import { ReadyShells } from './process/ready-shells.js';
import { ApiClient } from './server/api-client.js';
import { ArtifactApi } from './server/artifact-api.js';
import { HttpClient } from './server/http-client.js';
import { OutputApi } from './server/output-api.js';
import { ServerContact } from './server/server-contact.js';
import { UploadApi } from './server/upload-api.js';
import { OutputStreamer } from './streaming/output-streamer.js';
import { TaskRunner } from './task-runner.js';

const IDENTITY = Symbol('worker identity');

export interface WorkerSetup {
  config: WorkerConfig;
  shell: LoginShell;
  logger: Logger;
  pacing?: Pacing;
}

@Module({})
export class WorkerModule implements OnModuleDestroy {
  constructor(
    @Inject(IDENTITY) private readonly identity: WorkerIdentity,
    private readonly http: HttpClient,
    private readonly readyShells: ReadyShells,
  ) {}

  /** Its creation takes the spool folder, and begins to deliver what an earlier run left there. */
  static for({ config, shell, logger, pacing = realPacing }: WorkerSetup): DynamicModule {
    const version = VERSION;
    const cgroups = Cgroups.find();
    return {
      module: WorkerModule,
      providers: [
        { provide: IDENTITY, useFactory: () => openIdentity(config.spoolDir) },
        { provide: HttpClient, useFactory: () => new HttpClient({ ...config, version }) },
        { provide: ApiClient, inject: [HttpClient], useFactory: (http: HttpClient) => new ApiClient(http) },
        {
          provide: ServerContact,
          useFactory: () => new ServerContact({ url: config.url, workerName: config.name }, pacing, logger),
        },
        {
          provide: ResultSpool,
          // Behind the identity, whose lock keeps other processes out of the folder.
          inject: [IDENTITY],
          useFactory: () => ResultSpool.open(join(config.spoolDir, 'spool')),
        },
        {
          provide: SpoolGuard,
          inject: [ResultSpool],
          useFactory: (spool: ResultSpool) => new SpoolGuard(spool, pacing, logger),
        },
        {
          provide: AttemptJournal,
          inject: [IDENTITY, SpoolGuard],
          useFactory: ({ id }: WorkerIdentity, guard: SpoolGuard) =>
            new AttemptJournal({
              directory: join(config.spoolDir, 'journal'),
              workerId: id,
              bootId: bootId(),
              cgroups,
              onUnwritable: (problem) => guard.suspend(problem),
            }),
        },
        {
          provide: ResultDelivery,
          inject: [ResultSpool, SpoolGuard, HttpClient, ApiClient, ServerContact, AttemptJournal],
          useFactory: async (
            spool: ResultSpool,
            guard: SpoolGuard,
            http: HttpClient,
            api: ApiClient,
            contact: ServerContact,
            journal: AttemptJournal,
          ) => {
            const { attempts, setAside } = await spool.load();
            for (const path of setAside) logger.error(`${path} is no whole report and cannot be delivered`);
            await endLeftovers(attempts, { journal, cgroups, logger });
            const uploads = new ArtifactUpload(new ArtifactApi(http), contact, pacing, logger);
            const delivery = new ResultDelivery(guard, api, uploads, contact, pacing, logger);
            delivery.resume(attempts);
            return delivery;
          },
        },
        { provide: ReadyShells, useFactory: () => new ReadyShells(shell.env) },
        {
          provide: TaskRunner,
          inject: [HttpClient, AttemptJournal, ReadyShells],
          useFactory: (http: HttpClient, journal: AttemptJournal, ready: ReadyShells) => {
            const output = new OutputApi(http);
            return new TaskRunner(
              createExecutors(config.kinds, new UploadApi(http, pacing)),
              { maxOutputBytes: config.maxOutputBytes, shell: { ...shell, ready } },
              journal,
              (ref) => new OutputStreamer(ref, output, pacing, logger),
            );
          },
        },
        {
          provide: ClaimLoop,
          inject: [
            IDENTITY,
            ApiClient,
            TaskRunner,
            ResultDelivery,
            SpoolGuard,
            ServerContact,
            AttemptJournal,
            ReadyShells,
          ],
          useFactory: (
            { id, generation }: WorkerIdentity,
            api: ApiClient,
            runner: TaskRunner,
            delivery: ResultDelivery,
            spool: SpoolGuard,
            contact: ServerContact,
            journal: AttemptJournal,
            readyShells: ReadyShells,
          ) => {
            const { name, tags, kinds, maxConcurrent } = config;
            const host = { hostname: hostname().slice(0, 255), platform: `${process.platform} ${process.arch}` };
            const worker = { name, id, generation, ...host, version, tags, kinds, maxConcurrent };
            const parts = { api, runner, delivery, spool, journal, readyShells, contact, pacing, logger };
            return new ClaimLoop(worker, config, parts);
          },
        },
      ],
    };
  }

  async onModuleDestroy(): Promise<void> {
    this.readyShells.close();
    await this.http.close();
    this.identity.release();
  }
}
