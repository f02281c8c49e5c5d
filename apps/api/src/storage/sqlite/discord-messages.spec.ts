import { describe } from '@jest/globals';
import { describeDiscordMessageStore } from '../testing/describe-discord-message-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteDiscordMessageStore', () => {
  describeDiscordMessageStore(makeSqliteStore);
});
