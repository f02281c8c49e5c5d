export * from './administration.js';
export * from './audit.js';
export { OpenClawClient, OpenClawClient as Client } from './client.js';
export * from './errors.js';
export type { EventFilter, EventOptions, LiveEvent } from './events.js';
export * from './tasks.js';
export type { ClientOptions, Content } from './transport.js';
export * from './webhooks.js';
