/** Rate limits as Discord tells of them: https://discord.com/developers/docs/topics/rate-limits#header-format. */
export class RateLimits {
  private readonly windows = new Map<string, { left: number; endsAt: number }>();
  /** Requests that came before the time that a 429 had told. */
  readonly impatient: string[] = [];
  private readonly blocked = new Map<string, number>();

  /** @param limit how many requests a bucket takes in `windowMs` */
  constructor(
    public limit = 50,
    public windowMs = 1000,
  ) {}

  /** Refuses the next requests of a bucket for `ms`, whatever is left of it. */
  block(bucket: string, ms: number): void {
    this.blocked.set(bucket, performance.now() + ms);
  }

  /** The headers of the answer, and for how many seconds the caller has to wait when it is refused. */
  take(bucket: string): { headers: Record<string, string>; retryAfter: number | null } {
    const now = performance.now();
    const known = this.windows.get(bucket);
    const window = known && known.endsAt > now ? known : { left: this.limit, endsAt: now + this.windowMs };
    this.windows.set(bucket, window);
    const blockedFor = ((this.blocked.get(bucket) ?? 0) - now) / 1000;
    const refused = window.left === 0 || blockedFor > 0;
    const seconds = Math.max((window.endsAt - now) / 1000, blockedFor);
    if (!refused) window.left -= 1;
    const headers = {
      'X-RateLimit-Limit': String(this.limit),
      'X-RateLimit-Remaining': String(refused ? 0 : window.left),
      'X-RateLimit-Reset': String(Date.now() / 1000 + seconds),
      'X-RateLimit-Reset-After': seconds.toFixed(3),
      'X-RateLimit-Bucket': Buffer.from(bucket).toString('base64url').slice(0, 32),
      ...(refused ? { 'Retry-After': String(Math.ceil(seconds)), 'X-RateLimit-Scope': 'user' } : {}),
    };
    if (!refused) return { headers, retryAfter: null };
    this.noteRefusal(bucket, now, now + seconds * 1000);
    return { headers, retryAfter: seconds };
  }

  private readonly toldUntil = new Map<string, number>();

  private noteRefusal(bucket: string, now: number, until: number): void {
    if (now < (this.toldUntil.get(bucket) ?? 0) - 1) this.impatient.push(bucket);
    this.toldUntil.set(bucket, until);
  }
}
