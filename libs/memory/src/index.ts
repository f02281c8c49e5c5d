export * from './collect-garbage.js';
export * from './json-pieces.js';
