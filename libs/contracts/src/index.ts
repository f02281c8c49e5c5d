export * from './errors.js';
export * from './limits.js';
export * from './task.js';
export * from './worker.js';
