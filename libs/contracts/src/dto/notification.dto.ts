import { ApiProperty } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import type { Notified } from '../notification.js';
import { Text } from './fields.js';
import { SNOWFLAKE } from './patterns.js';

export class NotificationDto {
  @Text({
    required: true,
    description: 'id of the channel, which the bot may write to',
    pattern: SNOWFLAKE,
    example: '1180000000000000001',
  })
  channel: string;

  @Text({
    required: true,
    description: 'what to say, as Markdown',
    minBytes: 1,
    maxBytes: LIMITS.notificationBytes,
    example: 'The backup is done.',
  })
  message: string;
}

export class NotifiedDto implements Notified {
  @ApiProperty({ example: '1180000000000000001' })
  channel: string;

  @ApiProperty({ description: 'id of the message', example: '1180000000000000002' })
  messageId: string;
}
