// @nestjs/throttler is CommonJS and requires Nest, which is ESM. Node can do that; Jest cannot before Node 24.9. So Jest
// is given the package by this module, which runs its files and answers what they require with modules it has imported.
import * as asyncHooks from 'node:async_hooks';
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';

const folder = new URL('../node_modules/@nestjs/throttler/dist/', import.meta.url);
const imported = {
  '@nestjs/common': common,
  '@nestjs/core': core,
  async_hooks: asyncHooks,
  'node:crypto': crypto,
  net,
};
const loaded = new Map();

function load(name) {
  if (name in imported) return imported[name];
  const file = new URL(`${name}.js`, folder);
  const known = loaded.get(file.href);
  if (known) return known;
  const exports = {};
  loaded.set(file.href, exports);
  new Function('require', 'exports', readFileSync(file, 'utf8'))(load, exports);
  return exports;
}

export const {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  normalizeIp,
  ThrottlerGuard,
  ThrottlerModule,
  ThrottlerStorage,
} = load('./index');
