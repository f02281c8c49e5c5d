/** What Nest hands out under a name, since an interface is gone at run time. */
export const AUDIT_STORE = Symbol('AuditStore');
export const CLOCK = Symbol('Clock');
export const CONFIG = Symbol('Config');
export const DISCORD_MESSAGE_STORE = Symbol('DiscordMessageStore');
export const FILE_STORE = Symbol('FileStore');
export const LOGGER = Symbol('Logger');
export const OUTPUT_STORE = Symbol('OutputStore');
export const SCHEDULE_STORE = Symbol('ScheduleStore');
export const STORAGE = Symbol('Storage');
export const TASK_STORE = Symbol('TaskStore');
export const TOKEN_STORE = Symbol('TokenStore');
export const WAKEUPS = Symbol('Wakeups');
export const WEBHOOK_STORE = Symbol('WebhookStore');
export const WORKER_REGISTRY = Symbol('WorkerRegistry');
