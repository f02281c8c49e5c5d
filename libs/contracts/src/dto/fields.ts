import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  getMetadataStorage,
  IsArray,
  IsDefined,
  IsObject,
  IsOptional,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { LIMITS } from '../limits.js';
import { webhookUrlMistake } from '../webhook.js';

/** A rule over one field's value: true when it holds, else the sentence that says what would be right. */
type Rule = (value: unknown) => true | string;

interface FieldOptions {
  description: string;
  required?: boolean;
  example?: unknown;
  default?: unknown;
}

function field(rule: Rule, schema: Record<string, unknown>, { required, ...documented }: FieldOptions) {
  // An explicit null is the same as leaving an optional field out.
  const options = { ...schema, ...(required ? {} : { nullable: true }), ...documented } as ApiPropertyOptions;
  return applyDecorators(
    required
      ? IsDefined({
          message: ({ property }: ValidationArguments) => `${property} is required: ${documented.description}`,
        })
      : IsOptional(),
    ValidateBy({
      name: 'field',
      validator: {
        // What is missing is told once, as missing.
        validate: (value: unknown) => (required && value === undefined) || rule(value) === true,
        defaultMessage: (args?: ValidationArguments) => `${args?.property} ${rule(args?.value)}`,
      },
    }),
    required ? ApiProperty(options) : ApiPropertyOptional(options),
  );
}

export interface TextOptions extends FieldOptions {
  /** Bounds of the UTF-8 length in bytes. */
  minBytes?: number;
  maxBytes?: number;
  pattern?: { expression: RegExp; meaning: string };
  /** Refuse U+0000, which no path, argument or variable can carry. */
  withoutNul?: boolean;
}

/** What is wrong with a text, or true. */
function checkText(value: unknown, options: Omit<TextOptions, 'description'>): true | string {
  if (typeof value !== 'string') return 'must be a string';
  if (!value.isWellFormed()) return 'must be well-formed Unicode: it holds half of a surrogate pair';
  const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY } = options;
  const size = Buffer.byteLength(value);
  if (size < minBytes) return minBytes === 1 ? 'must not be empty' : `must have at least ${minBytes} bytes`;
  if (size > maxBytes) return `must have at most ${maxBytes} bytes; it has ${size}`;
  if (options.withoutNul && value.includes('\0')) return 'must not contain a NUL character';
  if (options.pattern && !options.pattern.expression.test(value)) return `must be ${options.pattern.meaning}`;
  return true;
}

export const Text = (options: TextOptions) => {
  const { minBytes, maxBytes, pattern, withoutNul, ...documented } = options;
  const schema = { type: 'string', minLength: minBytes, pattern: pattern?.expression.source };
  return field((value) => checkText(value, options), schema, documented);
};

/** What a webhook may call. */
export const WebhookUrl = (options: FieldOptions) =>
  field(
    (value) => {
      if (typeof value !== 'string') return 'must be a string';
      const { urlLength } = LIMITS.webhooks;
      if (value.length > urlLength) return `must have at most ${urlLength} characters; it has ${value.length}`;
      return webhookUrlMistake(value) ?? true;
    },
    { type: 'string', format: 'uri', maxLength: LIMITS.webhooks.urlLength },
    options,
  );

export const Integer = ({ min, max, ...documented }: FieldOptions & { min: number; max: number }) =>
  field(
    (value) =>
      (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) ||
      `must be a whole number from ${min} to ${max}`,
    { type: 'integer', minimum: min, maximum: max },
    documented,
  );

export const Flag = (options: FieldOptions) =>
  field((value) => typeof value === 'boolean' || 'must be true or false', { type: 'boolean' }, options);

export const OneOf = ({ values, ...documented }: FieldOptions & { values: readonly string[] }) =>
  field(
    (value) => values.includes(value as string) || `must be one of ${values.join(', ')}`,
    { type: 'string', enum: [...values] },
    documented,
  );

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const JsonObject = ({ maxBytes, ...documented }: FieldOptions & { maxBytes?: number }) =>
  field(
    (value) => {
      if (!isPlainObject(value)) return 'must be a JSON object';
      const size = maxBytes === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
      return size <= (maxBytes ?? 0) || `must have at most ${maxBytes} bytes as JSON; it has ${size}`;
    },
    { type: 'object', additionalProperties: true },
    documented,
  );

/** Environment variables: names without `=` and NUL, values without NUL. */
export const Variables = (options: FieldOptions) =>
  field(
    (value) => {
      if (!isPlainObject(value)) return 'must be an object of strings, such as {"LANG": "C"}';
      for (const [name, content] of Object.entries(value)) {
        if (!/^[^=\0]+$/.test(name) || !name.isWellFormed())
          return `has a variable name that is empty or holds "=" or NUL: ${JSON.stringify(name)}`;
        const verdict = checkText(content, { withoutNul: true });
        if (verdict !== true) return `has a variable ${JSON.stringify(name)} whose value ${verdict}`;
      }
      return true;
    },
    { type: 'object', additionalProperties: { type: 'string' } },
    options,
  );

export const TextList = ({
  maxItems,
  maxBytes,
  withoutNul,
  ...documented
}: FieldOptions & { maxItems: number; maxBytes: number; withoutNul?: boolean }) =>
  field(
    (value) => {
      if (!Array.isArray(value) || value.length > maxItems) return `must be a list of at most ${maxItems} strings`;
      const rules = { minBytes: 1, maxBytes, withoutNul };
      const wrong = value.map((item) => checkText(item, rules)).find((verdict) => verdict !== true);
      return wrong === undefined || `has an item that ${wrong}`;
    },
    { type: 'array', items: { type: 'string' } },
    documented,
  );

export const ManyOf = ({ values, ...documented }: FieldOptions & { values: readonly string[] }) =>
  field(
    (value) =>
      (Array.isArray(value) && value.length > 0 && value.every((item) => values.includes(item))) ||
      `must be a list of ${values.join(', ')}, such as ["${values[0]}"]`,
    { type: 'array', items: { type: 'string', enum: [...values] } },
    documented,
  );

/** A worker's own text, taken as it is: whatever a task printed, its result arrives. */
export const Output = ({ maxBytes = Number.POSITIVE_INFINITY, ...documented }: FieldOptions & { maxBytes?: number }) =>
  field(
    (value) => {
      if (typeof value !== 'string') return 'must be a string';
      return Buffer.byteLength(value) <= maxBytes || `must have at most ${maxBytes} bytes`;
    },
    { type: 'string' },
    documented,
  );

/** `{stdout, stderr}`, both of them. */
export const PerStreamOf = (kind: 'boolean' | 'integer', options: FieldOptions) => {
  const fits = (value: unknown) =>
    kind === 'boolean' ? typeof value === 'boolean' : Number.isSafeInteger(value) && (value as number) >= 0;
  const item = kind === 'boolean' ? { type: kind } : { type: kind, minimum: 0 };
  return field(
    (value) =>
      (isPlainObject(value) && fits(value.stdout) && fits(value.stderr)) ||
      `must be an object with stdout and stderr, each ${kind === 'boolean' ? 'true or false' : 'a whole number from 0'}`,
    { type: 'object', properties: { stdout: item, stderr: item }, required: ['stdout', 'stderr'] },
    options,
  );
};

const nestedTypes = new Map<object, Map<string, new () => object>>();

/** An object, or with `list` a list of them, that keeps the rules of a DTO of its own. */
export const Nested = (
  type: new () => object,
  { list = false, maxItems, required, description }: FieldOptions & { list?: boolean; maxItems?: number },
): PropertyDecorator => {
  const register: PropertyDecorator = (target, property) => {
    const known = nestedTypes.get(target) ?? new Map();
    nestedTypes.set(target, known.set(String(property), type));
  };
  const message = ({ property }: ValidationArguments) =>
    `${property} must be ${list ? `a list of at most ${maxItems} objects` : 'an object'}`;
  return applyDecorators(
    register,
    required ? IsDefined({ message: `it is required: ${description}` }) : IsOptional(),
    ...(list ? [IsArray({ message }), ArrayMaxSize(maxItems ?? 0, { message })] : []),
    IsObject({ each: list, message }),
    ValidateNested({ each: list, message }),
    ApiProperty({ type: list ? [type] : type, description, required: required ?? false }),
  );
};

const fieldNames = new Map<new () => object, Set<string>>();

/** The names of the fields that a DTO declares. */
export function fieldsOf(type: new () => object): Set<string> {
  const known = fieldNames.get(type);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = new Set(rules.map((rule) => rule.propertyName));
  fieldNames.set(type, names);
  return names;
}

/**
 * `value` as an instance of the DTO `type`, with the fields that it declares, as they are; the names of the others are
 * added to `unknown`. An explicit null is the same as leaving the field out.
 */
export function instantiate<T extends object>(type: new () => T, value: object, unknown: string[], path = ''): T {
  const instance = new type();
  const known = fieldsOf(type);
  for (const [name, content] of Object.entries(value)) {
    if (!known.has(name)) unknown.push(path + name);
    else if (content !== null) Object.assign(instance, { [name]: inner(instance, name, content, unknown, path) });
  }
  return instance;
}

function inner(owner: object, name: string, content: unknown, unknown: string[], path: string): unknown {
  const type = nestedTypes.get(Object.getPrototypeOf(owner))?.get(name);
  if (!type) return content;
  const instanceAt = (value: unknown, at: string) =>
    isPlainObject(value) ? instantiate(type, value, unknown, `${path}${at}.`) : value;
  return Array.isArray(content)
    ? content.map((item, index) => instanceAt(item, `${name}.${index}`))
    : instanceAt(content, name);
}

/** Text that is base64 when the field named by `encodingField` says so. */
function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** Holds a text to base64 when its encoding field says `base64`. */
export const Base64When = (encodingField: string) =>
  ValidateBy({
    name: 'base64When',
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        typeof value !== 'string' ||
        (args?.object as Record<string, unknown> | undefined)?.[encodingField] !== 'base64' ||
        isBase64(value),
      defaultMessage: (args?: ValidationArguments) =>
        `${args?.property} must be base64 with padding, as ${encodingField} says`,
    },
  });
