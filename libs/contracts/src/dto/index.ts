export * from './answers.dto.js';
export { fieldsOf, instantiate } from './fields.js';
export * from './query.dto.js';
export * from './submit.dto.js';
export * from './worker.dto.js';
