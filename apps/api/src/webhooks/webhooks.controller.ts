import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CreatedWebhookDto,
  CreateWebhookDto,
  DeliveryQueryDto,
  EmptyDto,
  PageQueryDto,
  RotatedTaskSecretDto,
  RotatedWebhookDto,
  RotateWebhookDto,
  UpdateWebhookDto,
  WebhookDeliveryDto,
  WebhookDeliveryPageDto,
  WebhookDto,
  WebhookPageDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { Validated } from '../http/validation.js';
import { WebhooksService } from './webhooks.service.js';

/** No cache on the way may keep a secret. */
const NotStored = () => Header('Cache-Control', 'no-store');

@ApiTags('Webhooks')
@ApiBearerAuth()
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @HttpCode(200)
  @NotStored()
  @ApiOperation({
    summary: 'Make a standing webhook; its secret is shown in this answer only',
    description:
      'Messages are signed as Standard Webhooks has it, and are sent at least once: `webhook-id` tells repeats.',
  })
  @ApiOkResponse({ type: CreatedWebhookDto })
  createWebhook(@Body(new Validated(CreateWebhookDto)) body: CreateWebhookDto, @CurrentCall() call: Call) {
    return this.webhooks.create(body, call);
  }

  @Get()
  @ApiOperation({ summary: 'List standing webhooks, newest first, without their secrets' })
  @ApiOkResponse({ type: WebhookPageDto })
  listWebhooks(@Query(new Validated(PageQueryDto)) page: PageQueryDto) {
    return this.webhooks.list(page);
  }

  @Post('task-secret/rotate')
  @HttpCode(200)
  @NotStored()
  @ApiOperation({
    summary: 'Make a new secret for what the `webhook` of tasks is sent, and show it this once',
    description:
      'The one before signs as well for `graceMs`. The first was made by the server, and was shown to nobody.',
  })
  @ApiOkResponse({ type: RotatedTaskSecretDto })
  rotateTaskSecret(
    @Body(new Validated(RotateWebhookDto)) { graceMs = 0 }: RotateWebhookDto,
    @CurrentCall() call: Call,
  ) {
    return this.webhooks.rotateTaskSecret(graceMs, call);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a standing webhook' })
  @ApiOkResponse({ type: WebhookDto })
  readWebhook(@Param('id') id: string) {
    return this.webhooks.read(id);
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change a webhook, pause it or let it go on: what is left out stays as it is',
    description: 'While it is paused nothing new is written for it; what waited for it is sent when it goes on.',
  })
  @ApiOkResponse({ type: WebhookDto })
  updateWebhook(
    @Param('id') id: string,
    @Body(new Validated(UpdateWebhookDto)) body: UpdateWebhookDto,
    @CurrentCall() call: Call,
  ) {
    return this.webhooks.update(id, body, call);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a webhook, with its deliveries' })
  @ApiNoContentResponse()
  deleteWebhook(@Param('id') id: string, @CurrentCall() call: Call): Promise<void> {
    return this.webhooks.remove(id, call);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @NotStored()
  @ApiOperation({ summary: 'Give a webhook a new secret; the one before signs as well for `graceMs`' })
  @ApiOkResponse({ type: RotatedWebhookDto })
  rotateWebhook(
    @Param('id') id: string,
    @Body(new Validated(RotateWebhookDto)) { graceMs = 0 }: RotateWebhookDto,
    @CurrentCall() call: Call,
  ) {
    return this.webhooks.rotate(id, graceMs, call);
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send it a message of the type `ping`; the delivery tells what becomes of it' })
  @ApiOkResponse({ type: WebhookDeliveryDto })
  testWebhook(@Param('id') id: string, @Body(new Validated(EmptyDto)) _: EmptyDto, @CurrentCall() call: Call) {
    return this.webhooks.test(id, call);
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: 'List what it was sent or is to be sent, newest first' })
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  listDeliveriesOf(@Param('id') id: string, @Query(new Validated(DeliveryQueryDto)) query: DeliveryQueryDto) {
    return this.webhooks.deliveries(id, query);
  }
}
