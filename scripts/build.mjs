import { fileURLToPath } from 'node:url';
import { report } from './failure.mjs';
import { build } from './preparing/build.mjs';
import { withLock } from './preparing/lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
await withLock(root, () => build(root)).catch(report);
