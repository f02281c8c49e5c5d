// All tables, by subject: for drizzle-kit, which makes migrations of them, and for whoever reads or writes some.
export * from './schema/audit.js';
export * from './schema/discord.js';
export * from './schema/files.js';
export * from './schema/installation.js';
export * from './schema/schedules.js';
export * from './schema/search.js';
export * from './schema/tasks.js';
export * from './schema/tokens.js';
export * from './schema/webhooks.js';
export * from './schema/workers.js';
