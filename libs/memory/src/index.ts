export * from './collect-garbage.js';
export * from './json-pieces.js';
export * from './young-generation.js';
