import { describe } from '@jest/globals';
import { describeOutputStore, MAX_OUTPUT_BYTES } from '../testing/describe-output-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteOutputStore', () => {
  describeOutputStore((limits) => makeSqliteStore({ ...limits, maxOutputBytes: MAX_OUTPUT_BYTES }));
});
