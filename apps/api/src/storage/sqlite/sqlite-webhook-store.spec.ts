import { describe } from '@jest/globals';
import { describeWebhookStore } from '../testing/describe-webhook-store.js';
import { makeSqliteStore } from './testing/open-store.js';

describe('SqliteWebhookStore', () => describeWebhookStore(makeSqliteStore));
