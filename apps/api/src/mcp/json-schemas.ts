import { Injectable, type Type } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

type Schema = Record<string, unknown>;

/**
 * The DTOs as JSON Schema 2020-12, which MCP describes tools in. They are taken from the OpenAPI document, so that there is
 * one place where a class becomes a schema.
 */
@Injectable()
export class JsonSchemas {
  private describe: () => Pick<OpenAPIObject, 'components'> = () => ({});

  takeFrom(describe: () => Pick<OpenAPIObject, 'components'>): void {
    this.describe = describe;
  }

  /** What callers may send: no field but those that are named. */
  ofInput(type: Type): Schema {
    return { ...this.convert(this.component(type.name), false), additionalProperties: false };
  }

  ofOutput(type: Type): Schema {
    return this.convert(this.component(type.name), true);
  }

  private component(name: string): Schema {
    const found = this.describe().components?.schemas?.[name];
    if (!found) throw new Error(`the OpenAPI document has no schema ${name}`);
    return found as Schema;
  }

  /** @param nulls whether it says that a field may be null; of what is sent, that is the same as leaving it out */
  private convert(schema: Schema, nulls: boolean): Schema {
    const { $ref, allOf, nullable, example, properties, items, additionalProperties, ...others } = schema;
    const inner = (value: unknown) => this.convert(value as Schema, nulls);
    const referred = typeof $ref === 'string' ? inner(this.component($ref.split('/').at(-1) ?? '')) : {};
    // Swagger writes a reference with a description so.
    const merged = Array.isArray(allOf) ? Object.assign({}, ...allOf.map(inner)) : {};
    const converted: Schema = { ...referred, ...merged, ...others };
    if (example !== undefined) converted.examples = [example];
    if (items) converted.items = inner(items);
    if (properties) {
      const fields = Object.entries(properties as Record<string, Schema>);
      converted.properties = Object.fromEntries(fields.map(([name, field]) => [name, inner(field)]));
    }
    if (additionalProperties !== undefined) {
      converted.additionalProperties =
        typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties;
    }
    if (nullable === true && nulls) {
      converted.type = [converted.type, 'null'];
      if (Array.isArray(converted.enum)) converted.enum = [...converted.enum, null];
    }
    return converted;
  }
}
