export * from './administration.js';
export * from './audit.js';
export * from './client.js';
export * from './errors.js';
export * from './tasks.js';
export type { ClientOptions, Content } from './transport.js';
