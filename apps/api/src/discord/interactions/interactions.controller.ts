import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { APIInteraction, APIInteractionResponse } from 'discord-api-types/v10';
import type { Request } from 'express';
import type { Logger } from '#logging';
import { originOf } from '../../auth/authentication.js';
import { GatheredDenials } from '../../auth/gathered-denials.js';
import { ANONYMOUS } from '../../domain/actor.js';
import type { Clock } from '../../domain/clock.js';
import { hasBody } from '../../http/body-time.js';
import { parseJson } from '../../http/json-body.js';
import { ApiError, unauthorized } from '../../http/problem.js';
import { piecesOf, RawBody } from '../../http/raw-body.js';
import { CLOCK, LOGGER } from '../../injection-tokens.js';
import { addressOf } from '../../rate-limiting/failed-authentications.js';
import { DiscordGate } from '../discord-gate.js';
import type { DiscordSettings } from '../discord-settings.js';
import { SeenInteractions } from './seen-interactions.js';
import { refusalOf } from './signature.js';

/** Several times what a command with all its options takes. */
const MOST_BYTES = 256 * 1024;

/** Where Discord calls: no token, but a signature. */
@ApiTags('Discord')
@Controller('discord/interactions')
export class InteractionsController {
  private readonly seen = new SeenInteractions();

  constructor(
    private readonly gate: DiscordGate,
    private readonly denials: GatheredDenials,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Post()
  @HttpCode(200)
  @RawBody('application/json')
  @ApiHeader({
    name: 'X-Signature-Ed25519',
    description: 'over the timestamp and the body, by the key of the application',
  })
  @ApiHeader({
    name: 'X-Signature-Timestamp',
    description: 'seconds since the Unix epoch, at most five minutes from now',
  })
  @ApiOperation({ summary: 'Answer an interaction of Discord, where that is set up' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  async receive(@Req() request: Request): Promise<APIInteractionResponse> {
    const { settings, interactions } = this.gate.opened;
    const body = hasBody(request) ? await bodyOf(request) : Buffer.alloc(0);
    this.refuseUnsigned(request, body, settings);
    const interaction = this.interactionIn(body, settings);
    // Within the time in which its signature is good, an interaction counts once.
    if (!this.seen.note(interaction.id, this.clock.now().monotonic)) throw this.refusal(request, 'replayed');
    return interactions.answer(interaction, originOf(request));
  }

  private refuseUnsigned(request: Request, body: Buffer, { publicKey }: DiscordSettings): void {
    const signature = request.get('x-signature-ed25519');
    const timestamp = request.get('x-signature-timestamp');
    const reason = refusalOf({ signature, timestamp, body }, publicKey, this.clock.now().wall);
    if (reason) throw this.refusal(request, reason);
  }

  private refusal(request: Request, reason: string): ApiError {
    const actor = { ...ANONYMOUS, ...originOf(request) };
    const target = 'POST /discord/interactions';
    this.denials.note({ action: 'auth.failed', kind: addressOf(request), actor, target, detail: { reason } });
    return unauthorized(`this call is not one of Discord's, made now: ${reason}`);
  }

  private interactionIn(body: Buffer, { applicationId }: DiscordSettings): APIInteraction {
    const value = parseJson(body) as Partial<APIInteraction> | null;
    if (typeof value?.id !== 'string' || typeof value.type !== 'number')
      throw new ApiError('validation_failed', 'this is no interaction of Discord');
    if (value.application_id !== applicationId) {
      this.logger.error(`Discord calls for the application ${value.application_id}; DISCORD_APPLICATION_ID is another`);
      throw new ApiError('validation_failed', 'this is an interaction of another application');
    }
    return value as APIInteraction;
  }
}

async function bodyOf(request: Request): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(request, MOST_BYTES, NEVER)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const NEVER = new AbortController().signal;
