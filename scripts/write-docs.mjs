// Writes the generated files of docs/ from the built program. CI writes them anew and fails when they differ.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { ACCESS, allows } from '../dist/apps/api/auth/access-table.js';
import { loadConfig } from '../dist/apps/api/config.js';
import { Toolbox } from '../dist/apps/api/mcp/toolbox.js';
import { describeApi } from '../dist/apps/api/openapi.js';
import { createServer } from '../dist/apps/api/server.js';
import { Shutdown } from '../dist/apps/api/shutdown.js';
import { openDatabase } from '../dist/apps/api/storage/sqlite/database.js';
import { SqliteStorage } from '../dist/apps/api/storage/sqlite/sqlite-storage.js';
import { SystemClock } from '../dist/apps/api/system-clock.js';
import { InProcessWakeups } from '../dist/apps/api/wakeups/in-process-wakeups.js';
import { ERRORS } from '../dist/libs/contracts/index.js';
import { createLogger } from '../dist/libs/logging/index.js';

const pathOf = (name) => new URL(`../docs/${name}`, import.meta.url);
const write = (name, text) => writeFileSync(pathOf(name), text);

const rows = Object.entries(ERRORS).map(
  ([code, { status, title, fix }]) => `| \`${code}\` | ${status} | ${title} | ${fix} |`,
);
write(
  'errors.md',
  `# Errors

Every error is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`instance\`, and \`code\`,
\`error\` (the same as \`detail\`), \`requestId\`; a validation error lists \`errors: [{field, message}]\`. Programs look at
\`code\`, which is stable. This table is generated from \`libs/contracts/src/errors.ts\`.

| code | status | means | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
);

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
const env = { WORKER_TOKEN: 'only-to-describe-the-routes', DATABASE_URL: `file:${join(folder, 'none.db')}` };
const config = loadConfig(env);
const storage = new SqliteStorage(openDatabase(config.databasePath), config);
const app = await createServer({
  config,
  storage,
  wakeups: new InProcessWakeups(),
  clock: new SystemClock(),
  logger: createLogger('docs', 'silent'),
  shutdown: new Shutdown(),
});
write('openapi.json', `${JSON.stringify(describeApi(app), null, 2)}\n`);

const tools = app.get(Toolbox).tools.map(({ name, route, description }) => {
  const roles = ['client', 'viewer'].filter((role) => allows(ACCESS[route], role));
  const [first] = description.split(/(?<=\.) /);
  return `| \`${name}\` | ${roles.join(', ')} | ${first} |`;
});
const table = `| tool | role, beside admin | does |\n| --- | --- | --- |\n${tools.join('\n')}\n`;
const between = /(?<=<!-- tools: written by npm run docs -->\n)[\s\S]*(?=<!-- \/tools -->)/;
write('mcp.md', readFileSync(pathOf('mcp.md'), 'utf8').replace(between, table));
await app.close();
storage.close();
rmSync(folder, { recursive: true });
