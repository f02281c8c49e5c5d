// Writes the types of what the package exports beside its JavaScript; `npm pack` has it done.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, report } from './failure.mjs';
import { run } from './preparing/run.mjs';

const EXPORTED = ['client', 'contracts'];

const root = fileURLToPath(new URL('..', import.meta.url));
const made = join(root, 'dist', '.types');
try {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { code } = await run(process.execPath, [compiler, '-p', 'tsconfig.types.json'], { cwd: root });
  if (code !== 0) throw new Failure('The types could not be written; the compiler says why above.');
  for (const name of EXPORTED) cpSync(join(made, name, 'src'), join(root, 'dist', 'libs', name), { recursive: true });
} catch (error) {
  report(error);
} finally {
  rmSync(made, { recursive: true, force: true });
}
