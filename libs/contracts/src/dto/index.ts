export * from './answers.dto.js';
export * from './audit.dto.js';
export { fieldsOf, instantiate } from './fields.js';
export { HEADER_TEXT } from './header-text.js';
export * from './query.dto.js';
export * from './schedule.dto.js';
export * from './submit.dto.js';
export * from './token.dto.js';
export * from './worker.dto.js';
