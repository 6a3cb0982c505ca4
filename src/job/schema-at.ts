import type * as z from 'zod';
import { jobSchema } from './schema.js';

type AnySchema = z.core.$ZodType;

/** Returns the keys that the job file allows in the mapping at `path`; none unless its keys are fixed. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const keys: string[] = [];
  for (const schema of schemasAt(path)) {
    const { def } = schema._zod as z.core.$ZodTypes['_zod'];
    if (def.type === 'object') keys.push(...Object.keys(def.shape));
  }
  return keys;
}

/** Returns an example of the value at `path`, or undefined. */
export function exampleAt(path: readonly PropertyKey[]): unknown {
  for (const schema of described(path)) {
    const examples = (schema as z.ZodType).meta?.()?.['examples'];
    if (Array.isArray(examples)) return examples[0];
  }
  return undefined;
}

/** Returns the sections of the job file (`run`, `input.csv`, `columns.<name>`) that have a key `key`. */
export function sectionsWith(key: string): string[] {
  return sections.filter((path) => keysAt(path).includes(key)).map((path) => path.join('.'));
}

const sections = [
  [],
  ['input'],
  ['input', 'csv'],
  ['model'],
  ['columns', '<name>'],
  ['output'],
  ['quality'],
  ['quality', 'scores', '<name>'],
  ['run'],
];

function schemasAt(path: readonly PropertyKey[]): AnySchema[] {
  return described(path).flatMap(bare);
}

/** Returns the schemas allowed at `path`, with their defaults and descriptions. */
function described(path: readonly PropertyKey[]): AnySchema[] {
  let schemas: AnySchema[] = [jobSchema];
  for (const step of path) schemas = schemas.flatMap(bare).flatMap((schema) => child(schema, step));
  return schemas;
}

/** Unwraps defaults and null from `schema`; returns a union as its options. */
function bare(schema: AnySchema): AnySchema[] {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'optional':
      return bare(def.innerType);
    case 'union':
      return def.options.flatMap(bare);
    default:
      return [schema];
  }
}

function child(schema: AnySchema, step: PropertyKey): AnySchema[] {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'object': {
      const value = Object.hasOwn(def.shape, step) ? def.shape[String(step)] : undefined;
      return value === undefined ? [] : [value];
    }
    case 'record':
      return [def.valueType];
    case 'array':
      return [def.element];
    default:
      return [];
  }
}
