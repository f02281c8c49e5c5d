import { Module } from '@nestjs/common';
import { MeasuresModule } from '../metrics/measures.module.js';
import { Deliverer } from './deliverer.js';
import { DeliveriesController } from './deliveries.controller.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [MeasuresModule],
  // In this order: `/webhooks/deliveries` is no id of a webhook.
  controllers: [DeliveriesController, WebhooksController],
  providers: [WebhooksService, Deliverer],
})
export class WebhooksModule {}
