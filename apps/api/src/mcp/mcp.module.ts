import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { FilesModule } from '../files/files.module.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { WorkersModule } from '../workers/workers.module.js';
import { CallsInFlight } from './calls-in-flight.js';
import { JsonSchemas } from './json-schemas.js';
import { McpController } from './mcp.controller.js';
import { McpEndpoint } from './mcp-endpoint.js';
import { Resources } from './resources.js';
import { TaskOutcomes } from './task-outcomes.js';
import { TaskText } from './task-text.js';
import { TaskWaiting } from './task-waiting.js';
import { Toolbox } from './toolbox.js';
import { FleetTools } from './tools/fleet-tools.js';
import { SubmittingTools } from './tools/submitting-tools.js';
import { TaskTools } from './tools/task-tools.js';

@Module({
  imports: [AuthModule, TasksModule, SchedulesModule, WorkersModule, FilesModule],
  controllers: [McpController],
  providers: [
    McpEndpoint,
    CallsInFlight,
    JsonSchemas,
    Toolbox,
    SubmittingTools,
    TaskTools,
    FleetTools,
    Resources,
    TaskOutcomes,
    TaskText,
    TaskWaiting,
  ],
})
export class McpModule {}
