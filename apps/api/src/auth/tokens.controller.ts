import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LIMITS } from '#contracts';
import {
  CreatedTokenDto,
  CreateTokenDto,
  PageQueryDto,
  RotatedTokenDto,
  RotateTokenDto,
  TokenIdentityDto,
  TokenPageDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { decodeIdCursor, encodeIdCursor } from '../http/query.js';
import { Validated } from '../http/validation.js';
import { TokensService } from './tokens.service.js';

/** No cache on the way may keep a secret. */
const NotStored = () => Header('Cache-Control', 'no-store');

@ApiTags('Tokens')
@ApiBearerAuth()
@Controller('tokens')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Post()
  @HttpCode(200)
  @NotStored()
  @ApiOperation({ summary: 'Make a token; its secret is shown in this answer only' })
  @ApiOkResponse({ type: CreatedTokenDto })
  createToken(@Body(new Validated(CreateTokenDto)) body: CreateTokenDto, @CurrentCall() call: Call) {
    return this.tokens.create(body, call);
  }

  @Get()
  @ApiOperation({ summary: 'List tokens, newest first, without their secrets' })
  @ApiOkResponse({ type: TokenPageDto })
  async listTokens(@Query(new Validated(PageQueryDto)) { limit, cursor }: PageQueryDto) {
    const before = cursor === undefined ? null : decodeIdCursor(cursor);
    const { items, next } = await this.tokens.list(limit === undefined ? LIMITS.page.default : Number(limit), before);
    return { items, nextCursor: next === null ? null : encodeIdCursor(next) };
  }

  @Get('current')
  @ApiOperation({ summary: 'Whose token this call carries, and what it may do' })
  @ApiOkResponse({ type: TokenIdentityDto })
  currentToken(@CurrentCall() { actor }: Call) {
    return this.tokens.identify(actor);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @NotStored()
  @ApiOperation({ summary: 'Give a token a new secret; the one before stays good for `graceMs`' })
  @ApiOkResponse({ type: RotatedTokenDto })
  rotateToken(
    @Param('id') id: string,
    @Body(new Validated(RotateTokenDto)) { graceMs = 0 }: RotateTokenDto,
    @CurrentCall() call: Call,
  ) {
    return this.tokens.rotate(id, graceMs, call);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a token: it ends at once, with every call that is being held for it' })
  @ApiNoContentResponse()
  revokeToken(@Param('id') id: string, @CurrentCall() call: Call): Promise<void> {
    return this.tokens.revoke(id, call);
  }
}
