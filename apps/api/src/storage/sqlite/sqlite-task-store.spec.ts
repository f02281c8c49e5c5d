import { describe } from '@jest/globals';
import { describeTaskStore } from '../testing/describe-task-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteTaskStore', () => {
  describeTaskStore(makeSqliteStore);
});
