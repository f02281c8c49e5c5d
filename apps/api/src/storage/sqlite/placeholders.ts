import { type Placeholder, sql } from 'drizzle-orm';

/** A placeholder for each of the columns, under the column's name. */
export const placeholders = <Name extends string>(...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as Record<Name, Placeholder<Name>>;
