export * from './audit.js';
export * from './errors.js';
export * from './limits.js';
export * from './schedule.js';
export * from './task.js';
export * from './token.js';
export * from './worker.js';
