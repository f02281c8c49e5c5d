import { ApiProperty, PickType } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import { TOKEN_ROLES, type TokenRole } from '../token.js';
import { Integer, OneOf, Text } from './fields.js';

export class CreateTokenDto {
  @Text({
    required: true,
    description: 'what people and the audit call it, such as "laptop"',
    minBytes: 1,
    maxBytes: LIMITS.tokenName,
    pattern: {
      expression: /^(?! )[^\p{C}\p{Zl}\p{Zp}]+(?<! )$/u,
      meaning: 'one line of text without surrounding spaces, such as "laptop"',
    },
    example: 'laptop',
  })
  name: string;

  @OneOf({ required: true, description: `what it may do: one of ${TOKEN_ROLES.join(', ')}`, values: TOKEN_ROLES })
  role: TokenRole;

  @Integer({
    description: 'it ends this many ms from now; default never',
    ...LIMITS.tokenLife,
    example: 7_776_000_000,
  })
  expiresIn?: number;
}

export class RotateTokenDto {
  @Integer({
    description: 'how long the secret before the new one stays good, in ms',
    min: 0,
    max: LIMITS.rotationGrace,
    default: 0,
    example: 3_600_000,
  })
  graceMs?: number;
}

const instant = { type: 'integer', description: 'milliseconds since the Unix epoch' } as const;
const whenKnown = { nullable: true };

export class TokenDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ enum: TOKEN_ROLES })
  role: TokenRole;
  @ApiProperty(instant)
  createdAt: number;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it ends by itself; null: never' })
  expiresAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it was given its present secret, if not at first' })
  rotatedAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown })
  lastUsedAt: number | null;
  @ApiProperty({ type: String, ...whenKnown, description: 'address that it was last used from' })
  lastUsedIp: string | null;
}

/** Whose token a call carries. */
export class TokenIdentityDto extends PickType(TokenDto, ['name', 'role', 'expiresAt'] as const) {
  @ApiProperty({ description: "`environment` for the server's own WORKER_TOKEN" })
  id: string;
}

export class CreatedTokenDto extends TokenDto {
  @ApiProperty({ description: 'the secret to send as `Authorization: Bearer`; shown here and never again' })
  token: string;
}

export class RotatedTokenDto extends CreatedTokenDto {
  @ApiProperty({ ...instant, ...whenKnown, description: 'until when the secret before is good; null: no more' })
  previousValidUntil: number | null;
}

export class TokenPageDto {
  @ApiProperty({ type: [TokenDto] })
  items: TokenDto[];
  @ApiProperty({ type: String, ...whenKnown, description: 'pass it as `cursor` for the next page; null on the last' })
  nextCursor: string | null;
}
