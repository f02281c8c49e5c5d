import { createHash } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NotificationDto, NotifiedDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import { type Call, CurrentCall } from '../http/call.js';
import { ApiError } from '../http/problem.js';
import { Validated } from '../http/validation.js';
import { AUDIT_STORE, CLOCK } from '../injection-tokens.js';
import type { AuditStore } from '../storage/audit-store.js';
import { DiscordGate } from './discord-gate.js';

@ApiTags('Discord')
@ApiBearerAuth()
@Controller('notify')
export class NotificationsController {
  constructor(
    private readonly gate: DiscordGate,
    @Inject(AUDIT_STORE) private readonly audit: AuditStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Post a message to a channel of Discord',
    description: 'It pings nobody. One of more than 2,000 characters is posted with the whole of it as a file.',
  })
  @ApiOkResponse({ type: NotifiedDto })
  async notify(
    @Body(new Validated(NotificationDto)) { channel, message }: NotificationDto,
    @CurrentCall() { actor }: Call,
  ): Promise<NotifiedDto> {
    const { discord } = this.gate;
    if (!discord) throw new ApiError('discord_unavailable', 'Discord is not set up here: see DISCORD_PUBLIC_KEY');
    const messageId = await discord.notify(channel, message);
    const content = { bytes: Buffer.byteLength(message), sha256: createHash('sha256').update(message).digest('hex') };
    const event = { action: 'notification.sent', target: channel, taskId: null, outcome: 'success' } as const;
    await this.audit.record({ ...event, detail: { messageId, content } }, actor, this.clock.now());
    return { channel, messageId };
  }
}
