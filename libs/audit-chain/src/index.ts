export * from './audit-file.js';
export * from './chain.js';
export * from './chain-check.js';
export * from './evidence.js';
export * from './explanation.js';
export * from './signed-head.js';
export * from './verification.js';
