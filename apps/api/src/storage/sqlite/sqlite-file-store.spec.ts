import { describe } from '@jest/globals';
import { describeFileStore } from '../testing/describe-file-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteFileStore', () => {
  describeFileStore(makeSqliteStore);
});
