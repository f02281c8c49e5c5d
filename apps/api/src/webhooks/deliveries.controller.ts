import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  DeliveryQueryDto,
  EmptyDto,
  WebhookDeliveryDto,
  WebhookDeliveryInFullDto,
  WebhookDeliveryPageDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { Validated } from '../http/validation.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@Controller('webhooks/deliveries')
export class DeliveriesController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @ApiOperation({ summary: 'List what any receiver was sent or is to be sent, newest first' })
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  listDeliveries(@Query(new Validated(DeliveryQueryDto)) query: DeliveryQueryDto) {
    return this.webhooks.deliveries(null, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a delivery, with its body' })
  @ApiOkResponse({ type: WebhookDeliveryInFullDto })
  readDelivery(@Param('id') id: string) {
    return this.webhooks.delivery(id);
  }

  @Post(':id/resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send the same message again, under the same `webhook-id`' })
  @ApiOkResponse({ type: WebhookDeliveryDto })
  resendDelivery(@Param('id') id: string, @Body(new Validated(EmptyDto)) _: EmptyDto, @CurrentCall() call: Call) {
    return this.webhooks.resend(id, call);
  }
}
