import { Module } from '@nestjs/common';
import { Deliverer } from './deliverer.js';
import { DeliveriesController } from './deliveries.controller.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  // In this order: `/webhooks/deliveries` is no id of a webhook.
  controllers: [DeliveriesController, WebhooksController],
  providers: [WebhooksService, Deliverer],
})
export class WebhooksModule {}
