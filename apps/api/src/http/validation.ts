import { Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { type FieldError, LIMITS } from '#contracts';
import { fieldsOf, instantiate } from '#contracts/dto';
import { invalid } from './problem.js';

/** How much of a caller's field name an answer repeats. */
const LONGEST_NAME = 100;

export interface ValidationOptions {
  /** Whether a field that is not known is an error (client calls) or left alone (worker calls). */
  unknownFields: 'refuse' | 'ignore';
  /** What to say of an unknown field, when there is more to say than that. */
  explainUnknown?: (field: string) => string | undefined;
}

/** Answers `value` as an instance of `type` with every rule kept, or throws `validation_failed` naming each field. */
export function validated<T extends object>(type: Type<T>, value: unknown, options: ValidationOptions): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid([{ field: '', message: 'the body must be a JSON object' }]);
  }
  const unknown: string[] = [];
  const instance = instantiate(type, value, unknown);
  const refused = options.unknownFields === 'ignore' ? [] : unknown;
  const misplaced = refused.slice(0, LIMITS.errors).map((field) => unknownField(field, options));
  // The validator takes a class without any rule for a mistake.
  const broken = fieldsOf(type).size === 0 ? [] : validateSync(instance);
  const errors = [...misplaced, ...broken.flatMap((error) => describe(error))];
  if (errors.length > 0) throw invalid(errors.slice(0, LIMITS.errors));
  return instance;
}

function unknownField(field: string, { explainUnknown }: ValidationOptions): FieldError {
  const name = field.length > LONGEST_NAME ? `${field.slice(0, LONGEST_NAME)}…` : field;
  return { field: name, message: explainUnknown?.(field) ?? `${name} is not a field that this call takes` };
}

function describe(error: ValidationError, parent = ''): FieldError[] {
  const field = parent + error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => describe(child, `${field}.`))];
}

/** Holds a body or a query to its DTO; made per route, so that the route says how strict it is. */
@Injectable()
export class Validated implements PipeTransform {
  constructor(
    private readonly type: Type<object>,
    private readonly unknownFields: ValidationOptions['unknownFields'] = 'refuse',
  ) {}

  transform(value: unknown): object {
    return validated(this.type, value ?? {}, { unknownFields: this.unknownFields });
  }
}
