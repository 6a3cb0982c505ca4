import type * as z from 'zod';
import { closestWord } from './closest.js';
import { exampleAt, keysAt, sectionsWith } from './schema-at.js';
import { showPath, showValue } from './show.js';
import type { Path } from './yaml-tree.js';

/** One violation of the schema: a value at `path`, or the key `key` of the mapping there. */
export interface SchemaMistake {
  readonly path: Path;
  readonly key: string | null;
  /** The key that an unknown key was probably meant to be. */
  readonly meant: string | null;
  /** True if a required value is missing. */
  readonly absent: boolean;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Explains zod's issues with `value`, one mistake per necessary change: unions are narrowed to the branch
 * that was meant, unknown keys are listed separately.
 */
export function explainIssues(issues: readonly z.core.$ZodIssue[], value: unknown): SchemaMistake[] {
  const mistakes = issues.flatMap((issue) => explain(issue, [], value));
  // A misspelt key is not reported as missing too.
  const meant = new Set(mistakes.map((mistake) => showPath([...mistake.path, mistake.meant ?? ''])));
  const messages = mistakes.map(({ message }) => message);
  return mistakes.filter(
    ({ absent, path, message }, i) =>
      (!absent || !meant.has(showPath(path))) && messages.indexOf(message) === i,
  );
}

function explain(issue: z.core.$ZodIssue, base: Path, root: unknown): SchemaMistake[] {
  const path = [...base, ...(issue.path as Path)];
  const found = valueAt(root, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_key') return [mistake(path, found, 'has an empty name')];
  if (issue.code === 'invalid_union' && 'errors' in issue) {
    const meant = issue.errors.filter((errors) => errors.every((error) => !isOfAnotherKind(error)));
    if (typeof found === 'object' && found !== null && meant.length === 1) {
      return meant[0]!.flatMap((inner) => explain(inner, path, root));
    }
  }
  if (found === undefined) return [missing(path)];
  const hint =
    path.length === 0 ? noMapping : (didYouMean(found, wordsOf(issue)) ?? asMapping(issue, path, found));
  return [mistake(path, found, messageOf(issue), hint)];
}

const noMapping = 'a job file begins with "name:"; nightshift init --model MODEL --input FILE writes one';

/** Returns true if the value is of another kind than the choice, so that the choice was not meant. */
function isOfAnotherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.expected === 'object' || issue.expected === 'record') return 'must be a mapping';
  return issue.message;
}

/** Returns how a section is written whose path was given alone, such as `input: in.csv`. */
function asMapping({ code }: z.core.$ZodIssue, path: Path, found: unknown): string | null {
  const isText = code === 'invalid_type' && typeof found === 'string';
  return isText && keysAt(path).includes('path') ? `write ${path.at(-1)}: { path: ${found} }` : null;
}

function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(wordsOf) : [];
}

function didYouMean(found: unknown, words: readonly string[]): string | null {
  const close = typeof found === 'string' ? closestWord(found, words) : null;
  return close === null ? null : `did you mean "${close}"?`;
}

function mistake(path: Path, found: unknown, message: string, hint: string | null = null): SchemaMistake {
  const subject = path.length === 0 ? 'the job file' : `"${showPath(path)}"`;
  return {
    path,
    key: null,
    meant: null,
    absent: false,
    message: `${subject} ${message}, found ${showValue(found)}`,
    hint,
  };
}

function missing(path: Path): SchemaMistake {
  const example = exampleAt(path);
  const hint = example === undefined ? null : `for example ${String(path.at(-1))}: ${showExample(example)}`;
  return { path, key: null, meant: null, absent: true, message: `"${showPath(path)}" is missing`, hint };
}

function showExample(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example);
}

function unknownKey(path: Path, key: string): SchemaMistake {
  const siblings = keysAt(path);
  const close = closestWord(key, siblings);
  const elsewhere = sectionsWith(key).map((section) =>
    section === '' ? 'at the top of the file' : `under "${section}"`,
  );
  const hint =
    key === '<<'
      ? 'YAML 1.2 has no merge keys: write the keys out'
      : elsewhere.length > 0
        ? `it belongs ${elsewhere.join(' or ')}`
        : close !== null
          ? `did you mean "${close}"?`
          : siblings.length > 0
            ? `valid keys: ${siblings.join(', ')}`
            : null;
  return {
    path,
    key,
    meant: close,
    absent: false,
    message: `"${showPath([...path, key])}" is not a key of the job file`,
    hint,
  };
}

/** Returns the value at `path` of plain data, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
