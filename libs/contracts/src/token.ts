/** What a token may be good for. */
export const TOKEN_ROLES = ['admin', 'client', 'worker', 'viewer'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

/** A token as lists show it. Times are milliseconds since the Unix epoch. */
export interface TokenRecord {
  id: string;
  name: string;
  role: TokenRole;
  createdAt: number;
  /** When it ends by itself; null: never. */
  expiresAt: number | null;
  rotatedAt: number | null;
  lastUsedAt: number | null;
  lastUsedIp: string | null;
}

/** The only answers that show a secret. */
export interface CreatedToken extends TokenRecord {
  token: string;
}

export interface RotatedToken extends CreatedToken {
  /** Until when the secret before this one is good; null: no more. */
  previousValidUntil: number | null;
}

/** Whose token a call carries. */
export interface TokenIdentity {
  /** `environment` for the server's own WORKER_TOKEN. */
  id: string;
  name: string;
  role: TokenRole;
  /** When it ends by itself, in milliseconds since the Unix epoch; null: never. */
  expiresAt: number | null;
}
