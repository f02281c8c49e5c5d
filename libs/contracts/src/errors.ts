/**
 * Every error that the API answers, by its stable `code`. The body is `application/problem+json` (RFC 9457);
 * `docs/errors.md` lists the same entries and a test holds the two together.
 */
export const ERRORS = {
  validation_failed: { status: 400, title: 'The request is not valid', fix: 'Mend the fields that `errors` names.' },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    fix: 'Send one JSON object, nested at most 64 levels.',
  },
  invalid_encoding: { status: 400, title: 'The body is not UTF-8', fix: 'Send the JSON text encoded as UTF-8.' },
  bad_request: { status: 400, title: 'The request is not HTTP', fix: 'Send HTTP/1.1 as RFC 9112 has it.' },
  unauthorized: { status: 401, title: 'A valid token is needed', fix: 'Send `Authorization: Bearer <token>`.' },
  forbidden: { status: 403, title: "The token's role does not allow this", fix: 'Use a token of a role that does.' },
  not_found: { status: 404, title: 'There is nothing at this path', fix: 'See `/docs` for the paths there are.' },
  task_not_found: { status: 404, title: 'There is no such task', fix: 'Old tasks are removed after `RETENTION_DAYS`.' },
  schedule_not_found: {
    status: 404,
    title: 'There is no such schedule',
    fix: '`GET /schedules` lists those there are.',
  },
  token_not_found: { status: 404, title: 'There is no such token', fix: '`GET /tokens` lists those there are.' },
  webhook_not_found: { status: 404, title: 'There is no such webhook', fix: '`GET /webhooks` lists those there are.' },
  delivery_not_found: {
    status: 404,
    title: 'There is no such delivery',
    fix: '`GET /webhooks/deliveries` lists those there are; old ones are removed after `RETENTION_DAYS`.',
  },
  artifact_not_found: {
    status: 404,
    title: 'There is no such file of this task',
    fix: '`GET /tasks/:id/artifacts` lists those there are.',
  },
  upload_not_found: {
    status: 404,
    title: 'There is no such upload',
    fix: 'Send the file again: `POST /tasks/uploads`.',
  },
  worker_not_found: { status: 404, title: 'There is no such worker', fix: '`GET /workers` lists those there are.' },
  method_not_allowed: { status: 405, title: 'The path does not take this method', fix: 'Use one that `Allow` names.' },
  task_ended: { status: 409, title: 'The task has ended already', fix: 'Read how: `GET /tasks/:id`.' },
  task_unfinished: {
    status: 409,
    title: 'The task has not ended yet',
    fix: 'Wait for its end, or cancel it: `POST /tasks/:id/cancel`.',
  },
  stale_attempt: {
    status: 409,
    title: 'The report is not for the current attempt',
    fix: 'Drop it: the task went on without this attempt.',
  },
  not_claimant: {
    status: 409,
    title: 'Another worker holds this task',
    fix: 'Report with the token and the `X-Worker-Name` that claimed it.',
  },
  output_gap: {
    status: 409,
    title: 'Chunks of the output are missing before these',
    fix: 'Send the chunks from `next` of this answer on.',
  },
  artifact_offset: {
    status: 409,
    title: 'The piece does not continue what the server has',
    fix: 'Send the bytes from `offset` of this answer on.',
  },
  artifact_exists: {
    status: 409,
    title: 'Another file of this name is kept already',
    fix: 'Announce this one under another name.',
  },
  token_expired: { status: 409, title: 'The token has expired', fix: 'Make a new one: `POST /tokens`.' },
  webhook_disabled: {
    status: 409,
    title: 'The webhook is disabled',
    fix: 'Let it go on first: `PATCH /webhooks/:id {"enabled": true}`.',
  },
  worker_superseded: {
    status: 409,
    title: 'A newer start of this worker is known',
    fix: 'Stop this process: the newer one has taken over.',
  },
  worker_name_in_use: {
    status: 409,
    title: 'Another worker of this name is online',
    fix: 'Give this worker a `WORKER_NAME` of its own.',
  },
  precondition_failed: {
    status: 412,
    title: 'The file is not the one that was asked for',
    fix: 'Read its `ETag` anew, or leave the condition out.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    fix: 'Stay within `MAX_BODY_BYTES` (worker calls: 64 MiB; uploads: 1 GiB).',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has the wrong content type',
    fix: 'Send `Content-Type: application/json`; the bytes of a file without `Content-Encoding`.',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation cannot be met',
    fix: 'Leave out `Expect`, or send `100-continue`.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The file has no such range',
    fix: 'Ask for bytes below its size, which `Content-Range` names.',
  },
  checksum_mismatch: {
    status: 422,
    title: 'The bytes are not those that were announced',
    fix: 'Send the file again, or mend the SHA-256.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    fix: 'Make a new key for every new request; repeat the same body under the old one.',
  },
  queue_full: { status: 429, title: 'The queue is full', fix: 'Wait for `Retry-After` seconds and send it again.' },
  rate_limited: { status: 429, title: 'Too many calls', fix: 'Wait for `Retry-After` seconds and send it again.' },
  headers_too_large: { status: 431, title: 'The header is too large', fix: 'Stay within 16 KiB of path and headers.' },
  discord_failed: {
    status: 502,
    title: 'Discord did not do it',
    fix: 'Send it again in a moment; `detail` has what Discord said.',
  },
  discord_unavailable: {
    status: 503,
    title: 'Discord is not set up',
    fix: 'Set `DISCORD_PUBLIC_KEY`, `DISCORD_APPLICATION_ID` and `DISCORD_BOT_TOKEN`.',
  },
  internal_error: { status: 500, title: 'The server failed', fix: 'Look up `requestId` in its log.' },
  shutting_down: { status: 503, title: 'The server is stopping', fix: 'Send it again in a moment.' },
  storage_unavailable: { status: 503, title: 'The storage cannot be reached', fix: 'See the log of the server.' },
  storage_full: { status: 507, title: 'The disk of the server is full', fix: 'Free some space, then send it again.' },
} as const satisfies Record<string, { status: number; title: string; fix: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldError {
  field: string;
  message: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ErrorCode;
  /** The same as `detail`. */
  error: string;
  requestId: string;
  errors?: FieldError[];
  /** Of `output_gap`: the `seq` that is expected next. */
  next?: number;
  /** Of `artifact_offset`: how many bytes the server has. */
  offset?: number;
}
