import { describe } from '@jest/globals';
import { describeScheduleStore } from '../testing/describe-schedule-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteScheduleStore', () => {
  describeScheduleStore(makeSqliteStore);
});
