// Runs before anything is installed, and on any Node: the rest is loaded once the version is known to understand it.
import { fileURLToPath } from 'node:url';
import { nodeVersionProblem } from './preparing/node-version.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const problem = nodeVersionProblem(root, process.versions.node);
if (problem === null) {
  import('./preparing/main.mjs').then((main) => main.prepareOrReport(root));
} else {
  console.error(problem);
  process.exitCode = 1;
}
