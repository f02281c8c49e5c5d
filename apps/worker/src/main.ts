import '#memory/small-heap';

// Not imported with the line above: all of it would be in the heap before that was set.
await import('./worker.js');
