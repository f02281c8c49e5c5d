import type Database from 'better-sqlite3';
import { Column, is, Param, Placeholder, SQL } from 'drizzle-orm';

type Values = Record<string, unknown>;
type Bind = (values: Values) => unknown;
interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** What the query builder makes of a query, where this looks into it. */
interface Prepared {
  stmt: Database.Statement<unknown[], unknown>;
  query: { params: unknown[] };
  fields?: { path: string[]; field: unknown }[];
}

/**
 * The same prepared queries without what the query builder does anew at every call: it asks of each parameter and each
 * column what kind it is, which takes longer than SQLite does. Queries that join tables are left as they are.
 */
export function compiled<T extends Record<string, object>>(queries: T): T {
  const entries = Object.entries(queries).map(([name, query]) => [name, compile(query as Prepared)]);
  return Object.fromEntries(entries);
}

function compile(prepared: Prepared): object {
  const { stmt, query, fields } = prepared;
  // What comes of several tables stands under a name for each.
  if (fields?.some(({ path }) => path.length !== 1)) return prepared;
  const binds = query.params.map(bindOf);
  const bind = (values: Values = {}) => binds.map((one) => one(values));
  const run = (values?: Values) => stmt.run(bind(values));
  if (!fields) return { run };
  stmt.raw();
  const read = rowReader(fields);
  return {
    run,
    get: (values?: Values) => {
      const row = stmt.get(bind(values)) as unknown[] | undefined;
      return row && read(row);
    },
    all: (values?: Values) => (stmt.all(bind(values)) as unknown[][]).map(read),
  };
}

function bindOf(parameter: unknown): Bind {
  if (is(parameter, Placeholder)) return givenFor(parameter);
  if (!is(parameter, Param)) return () => parameter;
  const { value, encoder } = parameter;
  if (!is(value, Placeholder)) {
    const encoded = encoder.mapToDriverValue(value);
    return () => encoded;
  }
  const given = givenFor(value);
  if (encoder.mapToDriverValue === Column.prototype.mapToDriverValue) return given;
  return (values) => encoder.mapToDriverValue(given(values));
}

function givenFor({ name }: Placeholder): Bind {
  return (values) => {
    if (!(name in values)) throw new Error(`no value for the placeholder ${name}`);
    return values[name];
  };
}

function rowReader(fields: { path: string[]; field: unknown }[]): (row: unknown[]) => object {
  const columns = fields.map(({ path, field }) => ({ name: path[0] ?? '', decode: decodeOf(field) }));
  return (row) => {
    const read: Values = {};
    for (let index = 0; index < columns.length; index += 1) {
      const { name, decode } = columns[index] as (typeof columns)[number];
      const value = row[index];
      read[name] = decode === null || value === null ? value : decode(value);
    }
    return read;
  };
}

/** Null where the driver's value is the column's. */
function decodeOf(field: unknown): ((value: unknown) => unknown) | null {
  const expression = is(field, SQL.Aliased) ? field.sql : field;
  const decoder = (is(expression, SQL) ? Reflect.get(expression, 'decoder') : expression) as Decoder;
  if (decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue) return null;
  return (value) => decoder.mapFromDriverValue(value);
}
