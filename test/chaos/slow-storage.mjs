// The server, of its single modules, with a storage that takes its time to answer whoever waits for something, as one behind
// a network does. Then things happen between a look and its answer.
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteTaskStore } from '../../dist/apps/api/storage/sqlite/sqlite-task-store.js';

const MOST_MS = 200;

for (const name of ['statusOf', 'hasReady', 'hasNews']) {
  const look = SqliteTaskStore.prototype[name];
  SqliteTaskStore.prototype[name] = async function (...args) {
    const answer = await look.apply(this, args);
    await delay(Math.random() * MOST_MS);
    return answer;
  };
}

await import('../../dist/apps/api/api.js');
