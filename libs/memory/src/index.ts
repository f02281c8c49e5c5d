export * from './collect-garbage.js';
export * from './json-pieces.js';
export * from './utf8-edges.js';
export * from './young-generation.js';
