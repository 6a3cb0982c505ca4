import { isDeepStrictEqual } from 'node:util';
import { isCollection, isMap, isScalar, parseDocument, Scalar, stringify, type YAMLMap } from 'yaml';
import { InvalidError } from '../errors.js';
import { isJson } from '../text/parse-json.js';
import type { JobOptions } from './job-options.js';
import { readJob } from './read-job.js';

/** A key of one section of the job file, and its new value. */
export interface JobEdit {
  readonly section: 'model' | 'run';
  readonly key: string;
  readonly value: string | number;
}

const options = { version: '1.2', schema: 'core', prettyErrors: false, logLevel: 'silent' } as const;

/**
 * Returns the text of the job file at `path` with these values; every other byte stays, comments too. Throws
 * `InvalidError` (`job-edit`) where the text cannot be changed (a value with a variable, an alias, a section
 * in another form), or where the result would not be the same job with these values.
 */
export function editJob(text: string, path: string, edits: readonly JobEdit[], given: JobOptions): string {
  let edited = text;
  for (const edit of edits) edited = withEdit(edited, edit) ?? refuse(path, edits);
  const wanted = valuesOf(text);
  for (const { section, key, value } of edits) wanted[section] = { ...wanted[section], [key]: value };
  if (!isDeepStrictEqual(valuesOf(edited), wanted)) refuse(path, edits);
  const { job, mistakes } = readJob(edited, path, given);
  if (job === null || mistakes.length > 0) refuse(path, edits, mistakes[0]?.message);
  return edited;
}

function refuse(path: string, edits: readonly JobEdit[], why?: string): never {
  const lines = edits.map(({ section, key, value }) => `${section}.${key}: ${stringify(value).trim()}`);
  throw new InvalidError(
    'job-edit',
    `the choice cannot be written into job file "${path}"${why === undefined ? '' : `: ${why}`}`,
    { file: path, hint: `write it by hand: ${lines.join(', ')}` },
  );
}

function valuesOf(text: string): Record<string, Record<string, unknown>> {
  return (parseDocument(text, options).toJS() ?? {}) as Record<string, Record<string, unknown>>;
}

/** Returns the text with one value; null if the file's form does not allow it. */
function withEdit(text: string, { section, key, value }: JobEdit): string | null {
  const doc = parseDocument(text, options);
  if (!isMap(doc.contents)) return null;
  const written = isBare(text, value) ? stringify(value, { lineWidth: 0 }).trim() : JSON.stringify(value);
  const found = doc.contents.get(section, true);
  if (found === undefined) {
    const [inner, outer] = isJson(text) ? [`"${key}"`, `"${section}"`] : [key, section];
    if (doc.contents.flow === true)
      return afterBrace(text, doc.contents, `${outer}: { ${inner}: ${written} }`);
    const end = text.endsWith('\n') || text === '' ? text : `${text}\n`;
    return `${end}${section}:\n  ${key}: ${written}\n`;
  }
  if (!isMap(found) || found.range == null) return null;
  const pair = found.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair !== undefined) return withScalar(text, pair.value, written);
  if (found.flow === true) return afterBrace(text, found, `${isJson(text) ? `"${key}"` : key}: ${written}`);
  const first = found.items[0]?.key;
  if (!isScalar(first) || first.range == null) return null;
  const [at] = first.range;
  const line = text.lastIndexOf('\n', at - 1) + 1;
  const indent = text.slice(line, at);
  // A key that shares its line with something else, as after `- ` or an anchor, has no indent to copy.
  if (indent.trim() !== '') return null;
  return `${text.slice(0, line)}${indent}${key}: ${written}\n${text.slice(line)}`;
}

/** Returns true for a value that needs no quotes anywhere in the file; job files in JSON stay JSON. */
function isBare(text: string, value: string | number): boolean {
  return typeof value === 'number' || (/^[\w./-]+$/.test(value) && !isJson(text));
}

function afterBrace(text: string, { items, range }: YAMLMap, entry: string): string {
  const at = text.indexOf('{', range![0]) + 1;
  return `${text.slice(0, at)} ${entry}${items.length === 0 ? ' ' : ','}${text.slice(at)}`;
}

function withScalar(text: string, node: unknown, written: string): string | null {
  if (!isScalar(node) || isCollection(node) || node.range == null || node.anchor !== undefined) return null;
  if (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL) return null;
  // A value with a variable means more than its present value.
  if (typeof node.value === 'string' && node.value.includes('${')) return null;
  const [from, to] = node.range;
  const gap = from === to ? ' ' : '';
  return `${text.slice(0, from)}${gap}${written}${text.slice(to)}`;
}
