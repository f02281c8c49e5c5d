import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { FilesModule } from '../files/files.module.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { DiscordGate } from './discord-gate.js';
import { InteractionsController } from './interactions/interactions.controller.js';
import { NotificationsController } from './notifications.controller.js';

@Module({
  imports: [AuthModule, TasksModule, SchedulesModule, FilesModule],
  controllers: [InteractionsController, NotificationsController],
  providers: [DiscordGate],
})
export class DiscordModule {}
