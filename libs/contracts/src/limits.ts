const MINUTE = 60_000;
const DAY = 86_400_000;
const MIB = 1_048_576;

/** Bounds and defaults of the wire. Times are milliseconds, sizes are bytes unless the name says otherwise. */
export const LIMITS = {
  commandBytes: 131_071,
  pathBytes: 4096,
  promptBytes: MIB,
  metadataBytes: 16 * 1024,
  timeout: { max: DAY, default: 30_000, claudeDefault: 120_000 },
  expiresIn: { max: 30 * DAY, default: 15 * MINUTE },
  priority: { min: -100, max: 100 },
  attempts: 100,
  retryDelay: { max: DAY, default: 1000 },
  /** How far ahead a task may be put off. */
  delay: 366 * DAY,
  tags: { items: 64, bytes: 64 },
  batch: 1000,
  idempotencyKey: 255,
  searchLength: 256,
  /** Of one answer about how many tasks have ended when. */
  stats: { steps: 200, step: { min: MINUTE, max: DAY, default: 60 * MINUTE } },
  clientWait: 5 * MINUTE,
  pollWait: { max: MINUTE, default: 30_000, whileRunning: 15_000 },
  lease: MINUTE,
  page: { max: 200, default: 50 },
  workerName: 128,
  tokenName: 128,
  scheduleName: 128,
  cron: 256,
  zoneName: 64,
  upcoming: { max: 100, default: 5 },
  tokenLife: { min: 1000, max: 3650 * DAY },
  rotationGrace: 30 * DAY,
  pollMax: 1000,
  reports: 1000,
  /** Attempts that one poll may list. */
  held: 10_000,
  /** Mistakes that one answer tells of. */
  errors: 20,
  jsonDepth: 64,
  workerBodyBytes: 64 * MIB,
  /** A message to Discord; one of more than its 2,000 characters goes as a file. */
  notificationBytes: MIB,
  output: {
    /** Chunks of one request. */
    chunks: 1000,
    /** Decoded bytes of one chunk. */
    chunkBytes: 256 * 1024,
    /** What one page or event batch carries of data, about. */
    pageBytes: MIB,
  },
  artifacts: { patterns: 64, files: 100, fileBytes: 1024 * MIB, nameBytes: 255, pieceBytes: 8 * MIB },
  uploads: { fileBytes: 1024 * MIB, lifetime: DAY },
  webhooks: { urlLength: 2048, bodyBytes: 20_000, descriptionBytes: 256 },
  /** Of what an agent is told by a tool: its context is small, and its calls are given up after a minute by default. */
  tools: {
    characters: { min: 200, max: 1_000_000, default: 25_000 },
    wait: 50_000,
    listed: { max: 100, default: 20 },
    resourceBytes: 8 * MIB,
  },
} as const;

export const DEFAULT_PORT = 3456;
