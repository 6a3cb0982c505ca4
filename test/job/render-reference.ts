import type { z } from 'zod';
import { jobSchema } from '../../src/job/schema.js';

/** The tables of docs/job-file.md: every key of the schema with type, default, meaning, example. */
export function renderReference(): string {
  const sections = sectionsOf(jobSchema, []);
  return sections.map(({ path, schema }) => renderSection(path, schema)).join('\n');
}

type AnySchema = z.core.$ZodType;
type ObjectSchema = z.ZodObject;

interface Section {
  readonly path: readonly string[];
  readonly schema: ObjectSchema;
}

/** A mapping with fixed keys, and those below it. */
function sectionsOf(schema: ObjectSchema, path: readonly string[]): Section[] {
  const below = Object.entries(schema.shape).flatMap(([key, value]) => {
    const { def } = bare(value)._zod as z.core.$ZodTypes['_zod'];
    if (def.type === 'object') return sectionsOf(bare(value) as ObjectSchema, [...path, key]);
    const inner = def.type === 'record' ? def.valueType : def.type === 'array' ? def.element : null;
    if (inner === null || inner._zod.def.type !== 'object') return [];
    return sectionsOf(inner as ObjectSchema, [...path, key, def.type === 'record' ? '<name>' : '[]']);
  });
  return [{ path, schema }, ...below];
}

function renderSection(path: readonly string[], schema: ObjectSchema): string {
  const title = path.length === 0 ? 'Top level' : `\`${path.join('.').replace('.[]', '[]')}\``;
  const rows = Object.entries(schema.shape).map(([key, value]) => renderKey(key, value));
  return [
    `### ${title}`,
    '',
    '| key | type | default | meaning | example |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function renderKey(key: string, schema: z.ZodType): string {
  const meta = schema.meta?.() ?? {};
  const example = (meta['examples'] as readonly unknown[] | undefined)?.[0];
  const cells = [
    `\`${key}\``,
    allowed(schema),
    defaultOf(schema),
    String(meta.description),
    example === undefined ? '' : `\`${key}: ${flow(example)}\``,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Returns the schema's requirement for a value, in the words of its error message. */
function allowed(schema: z.ZodType): string {
  const inner = bare(schema) as z.ZodType;
  const { def } = inner._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'object') return 'a mapping, below';
  if (def.type === 'record') return 'a mapping by name';
  const message = inner.safeParse(Symbol('nothing that may stand there')).error!.issues[0]!.message;
  return `${message.replace(/^must be /, '').replaceAll('<', '&lt;')}${isNullable(schema) ? ', or null' : ''}`;
}

function defaultOf(schema: z.ZodType): string {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'default') return `\`${flow(def.defaultValue)}\``;
  return def.type === 'optional' || def.type === 'prefault' ? '' : '**required**';
}

function isNullable(schema: AnySchema): boolean {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  return def.type === 'nullable' || ('innerType' in def && isNullable(def.innerType as AnySchema));
}

function bare(schema: AnySchema): AnySchema {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  return 'innerType' in def ? bare(def.innerType as AnySchema) : schema;
}

/** A value as YAML in one line. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return /^[A-Za-z./<>_][\w ./<>=*{}$-]*$|^\d[\d.]*(%|[A-Za-z]+)$/.test(value) &&
    !/^(null|true|false)$/i.test(value) &&
    !/[{}]/.test(value)
    ? value
    : JSON.stringify(value);
}
