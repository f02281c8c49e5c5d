import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './apps/api/src/storage/sqlite/schema.ts',
  out: './drizzle',
});
