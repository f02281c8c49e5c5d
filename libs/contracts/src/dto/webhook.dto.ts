import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { LIMITS } from '../limits.js';
import {
  DELIVERY_STATES,
  type DeliveryState,
  DISABLED_REASONS,
  type DisabledReason,
  WEBHOOK_EVENTS,
  WEBHOOK_FILTERS,
  WEBHOOK_PING,
  type WebhookFilter,
} from '../webhook.js';
import { Flag, ManyOf, Text, WebhookUrl } from './fields.js';
import { PageQueryDto } from './query.dto.js';
import { RotateTokenDto } from './token.dto.js';

const Url = (required: boolean) =>
  WebhookUrl({ required, description: 'where messages are posted to', example: 'https://example.org/hook' });

const EVENTS = { description: 'what it is told of; `task.*` is every end of a task', values: WEBHOOK_FILTERS };

const Description = () =>
  Text({
    description: 'what people call it',
    maxBytes: LIMITS.webhooks.descriptionBytes,
    pattern: { expression: /^[^\p{C}\p{Zl}\p{Zp}]*$/u, meaning: 'one line of text, such as "deploys"' },
    example: 'deploys',
  });

export class CreateWebhookDto {
  @Url(true)
  url: string;

  @ManyOf({ ...EVENTS, default: ['task.*'] })
  events?: WebhookFilter[];

  @Description()
  description?: string;

  @Flag({ description: 'false: it is told of nothing yet', default: true })
  enabled?: boolean;
}

/** What is left out stays as it is. */
export class UpdateWebhookDto {
  @Url(false)
  url?: string;

  @ManyOf(EVENTS)
  events?: WebhookFilter[];

  @Description()
  description?: string;

  @Flag({ description: 'false: it is told of nothing, and what waits for it is kept; true: it goes on' })
  enabled?: boolean;
}

/** For how long both secrets sign. */
export class RotateWebhookDto extends RotateTokenDto {}

export class DeliveryQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: DELIVERY_STATES })
  @IsOptional()
  @IsIn(DELIVERY_STATES, { message: `state must be one of ${DELIVERY_STATES.join(', ')}` })
  state?: DeliveryState;
}

const instant = { type: 'integer', description: 'milliseconds since the Unix epoch' } as const;
const whenKnown = { nullable: true };
const cursor = { type: String, ...whenKnown, description: 'pass it as `cursor` for the next page; null on the last' };
const secret = { description: 'what verifies the signature: `whsec_…`; shown here and never again' };

export class WebhookDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'uri' })
  url: string;
  @ApiProperty({ enum: WEBHOOK_FILTERS, isArray: true })
  events: WebhookFilter[];
  @ApiProperty()
  description: string;
  @ApiProperty({ description: 'false: it is told of nothing' })
  enabled: boolean;
  @ApiProperty({
    enum: DISABLED_REASONS,
    ...whenKnown,
    description:
      'why the server has disabled it: `gone`, it has answered 410; `failing`, it took nothing for three days',
  })
  disabledReason: DisabledReason | null;
  @ApiProperty(instant)
  createdAt: number;
  @ApiProperty(instant)
  updatedAt: number;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it was given its present secret, if not at first' })
  rotatedAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown, description: 'since when it has taken nothing' })
  failingSince: number | null;
}

export class CreatedWebhookDto extends WebhookDto {
  @ApiProperty(secret)
  secret: string;
}

const PREVIOUS = { ...instant, ...whenKnown, description: 'until when the secret before signs as well; null: no more' };

export class RotatedWebhookDto extends CreatedWebhookDto {
  @ApiProperty(PREVIOUS)
  previousValidUntil: number | null;
}

export class RotatedTaskSecretDto {
  @ApiProperty(secret)
  secret: string;
  @ApiProperty(PREVIOUS)
  previousValidUntil: number | null;
}

export class WebhookPageDto {
  @ApiProperty({ type: [WebhookDto] })
  items: WebhookDto[];
  @ApiProperty(cursor)
  nextCursor: string | null;
}

export class WebhookDeliveryDto {
  @ApiProperty({ format: 'uuid', description: 'also its `webhook-id`, the same on every attempt' })
  id: string;
  @ApiProperty({ type: String, ...whenKnown, description: 'null: it is for the `webhook` of a task' })
  webhookId: string | null;
  @ApiProperty({ enum: [...WEBHOOK_EVENTS, WEBHOOK_PING] })
  type: string;
  @ApiProperty({ type: String, ...whenKnown })
  taskId: string | null;
  @ApiProperty({ format: 'uri' })
  url: string;
  @ApiProperty({ enum: DELIVERY_STATES })
  state: DeliveryState;
  @ApiProperty({ type: 'integer', description: 'since it was written, or sent again by hand' })
  attempts: number;
  @ApiProperty(instant)
  createdAt: number;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it is tried next' })
  nextAttemptAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown })
  lastAttemptAt: number | null;
  @ApiProperty({ type: 'integer', ...whenKnown, description: 'what the receiver has answered last' })
  responseStatus: number | null;
  @ApiProperty({ type: String, ...whenKnown, description: 'why the last attempt failed' })
  error: string | null;
}

export class WebhookDeliveryInFullDto extends WebhookDeliveryDto {
  @ApiProperty({ description: 'byte for byte what every attempt sends' })
  body: string;
}

export class WebhookDeliveryPageDto {
  @ApiProperty({ type: [WebhookDeliveryDto] })
  items: WebhookDeliveryDto[];
  @ApiProperty(cursor)
  nextCursor: string | null;
}
