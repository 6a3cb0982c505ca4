import { dirname } from 'node:path';
import { printable } from '../text/printable.js';
import { checkAcross, leastMemory } from './check-across.js';
import type { AddMistake } from './check-columns.js';
import { closestWord } from './closest.js';
import { dateWords, isDate } from './date-layout.js';
import { explainIssues, type SchemaMistake, valueAt } from './explain-issues.js';
import type { Job } from './job.js';
import type { JobOptions } from './job-options.js';
import type { DatedTexts } from './kept-job.js';
import type { Mistake } from './mistake.js';
import { resolveJob } from './resolve-job.js';
import { type JobFile, jobSchema } from './schema.js';
import { showPath, showValue } from './show.js';
import { likelySize, parseSize } from './size.js';
import {
  leavesFolder,
  refusedVariable,
  replaceVariables,
  seriesOf,
  unusedVariable,
  type Variables,
  variablesIn,
} from './variables.js';
import { type Path, readYamlTree, type YamlTree } from './yaml-tree.js';

/** A job file as it was read. */
interface ReadJob {
  /** Null if there are mistakes. */
  readonly job: Job | null;
  /** The paths as written; null if the file uses `${date}` elsewhere too. */
  readonly dated: DatedTexts | null;
  readonly mistakes: readonly Mistake[];
}

/** Reads the text of a job file; returns the job, or all mistakes in order. `path` is absolute. */
export function readJob(text: string, path: string, options: JobOptions): ReadJob {
  const tree = readYamlTree(text);
  const mistakes: Mistake[] = [...tree.mistakes, ...checkOptions(options)];
  if (tree.mistakes.length > 0) return { job: null, dated: null, mistakes: inOrder(mistakes) };

  const set = setVariables(tree, options);
  const { series } = set;
  mistakes.push(...set.mistakes);
  const { value, read, found } = parse(tree, options);
  const positions = new Set(mistakes.map((mistake) => `${mistake.line}:${mistake.column}`));
  for (const mistake of found) {
    const position =
      mistake.key === null ? tree.positionOf(mistake.path) : tree.positionOfKey(mistake.path, mistake.key);
    // If a text still contains a variable, its mistake is that the variable is not set.
    if (!mistake.absent && positions.has(`${position.line}:${position.column}`)) continue;
    const { message, hint } = mistake;
    mistakes.push({
      ...position,
      path: showPath(mistake.key === null ? mistake.path : [...mistake.path, mistake.key]),
      message,
      hint,
    });
  }

  const file = read ?? withoutMistakes(value, found);
  const meant = new Set(
    found.flatMap(({ path, meant }) => (meant === null ? [] : [showPath([...path, meant])])),
  );
  const written = (key: Path) => valueAt(value, key) != null || (meant.size > 0 && meant.has(showPath(key)));
  if (file !== null) checkAcross({ file, series, written }, dirname(path), adder(tree, mistakes));
  if (file === null || mistakes.length > 0) return { job: null, dated: null, mistakes: inOrder(mistakes) };
  const textAt = (key: Path, written: unknown) => tree.textAt(key) ?? String(written ?? '');
  return { job: resolveJob(file, path, { ...options, series }, textAt), dated: set.dated, mistakes: [] };
}

function adder(tree: YamlTree, mistakes: Mistake[]): AddMistake {
  return (path, message, hint) => {
    const { line, column } = tree.positionOf(path);
    mistakes.push({
      line,
      column,
      path: showPath(path),
      message: `"${showPath(path)}" ${message}`,
      hint: hint ?? null,
    });
  };
}

/** Sorts mistakes by their position, command-line options first; escapes texts for the terminal. */
function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes
    .map(({ path, message, hint, ...location }) => ({
      ...location,
      path: printable(path),
      message: printable(message),
      hint: hint === null ? null : printable(hint),
    }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function checkOptions(options: JobOptions): Mistake[] {
  const mistakes: Mistake[] = [];
  const add = (path: string, message: string, hint: string | null = null) =>
    mistakes.push({ line: null, column: null, path, message, hint });
  const { date, workers = 'auto', memory = 'auto' } = options;
  if (date !== undefined && !isDate(date)) {
    const close = closestWord(date, dateWords);
    add(
      '--date',
      `"--date" must be a date, found ${showValue(date)}`,
      close === null
        ? 'for example 2013-01-04, 2013-01-04T06, today or yesterday'
        : `did you mean "${close}"?`,
    );
  }
  for (const [name, value] of Object.entries(options.set ?? {})) {
    const refused = refusedVariable(name, value);
    if (refused !== null) add('--set', refused);
  }
  if (!isWorkers(workers)) {
    add(
      '--workers',
      `"--workers" must be auto or a whole number from 1 to 1024, found ${showValue(workers)}`,
    );
  }
  if (!isMemory(memory)) {
    add(
      '--memory',
      `"--memory" must be auto or a size from 128MiB, found ${showValue(memory)}`,
      sizeHint(String(memory)),
    );
  }
  if (options.output === '') add('--output', '"--output" must not be empty');
  return mistakes;
}

function sizeHint(memory: string): string {
  const likely = parseSize(memory) === null ? likelySize(memory) : null;
  return likely === null ? 'for example 1GiB' : `did you mean "${likely}"?`;
}

function isWorkers(workers: string | number): boolean {
  return (
    workers === 'auto' ||
    (/^\d{1,4}$/.test(String(workers)) && Number(workers) >= 1 && Number(workers) <= 1024)
  );
}

function isMemory(memory: string | number): boolean {
  return memory === 'auto' || (parseSize(memory) ?? 0) >= leastMemory;
}

/** Replaces the variables in a job file; returns the series of its output, what is dated, and the mistakes. */
function setVariables(
  tree: YamlTree,
  options: JobOptions,
): {
  readonly series: string | null;
  readonly dated: DatedTexts | null;
  readonly mistakes: readonly Mistake[];
} {
  const mistakes: Mistake[] = [];
  const given: [string, string][] = Object.entries(options.set ?? {}).filter(
    ([name]) => name !== 'job' && name !== 'date',
  );
  const variables = new Map([
    ...given,
    ...(options.date === undefined ? [] : [['date', options.date] as const]),
  ]);
  const name = replaceVariables(tree.textAt(['name']) ?? '', variables as Variables);
  if (name.text !== '' && name.unset.length === 0) variables.set('job', name.text);
  const output = tree.textAt(['output', 'path']);
  const series = output === null ? null : seriesOf(output, variables);
  const used = new Set<string>();
  const paths = { input: textsAt(tree, ['input', 'path']), output };
  let dated = 0;
  tree.replaceTexts((text, position) => {
    const names = variablesIn(text);
    for (const name of names) used.add(name);
    if (names.includes('date')) dated++;
    const replaced = replaceVariables(text, variables);
    const leaving = text === output ? leavesFolder(text, variables) : null;
    if (leaving !== null) mistakes.push({ ...position, path: 'output.path', ...leaving });
    for (const { message, hint } of replaced.unset) mistakes.push({ ...position, path: '', message, hint });
    return replaced.text;
  });
  for (const [name, value] of given) {
    if (used.has(name) || refusedVariable(name, value) !== null) continue;
    mistakes.push({ line: null, column: null, path: '--set', ...unusedVariable(name, used) });
  }
  const isDated = (text: string) => variablesIn(text).includes('date');
  const inPaths = [...paths.input, ...(output === null ? [] : [output])].filter(isDated).length;
  return { series, dated: inPaths === dated ? paths : null, mistakes };
}

/** Returns the text at `path`, or those of the list there. */
function textsAt(tree: YamlTree, path: Path): string[] {
  const whole = tree.textAt(path);
  if (whole !== null) return [whole];
  const texts: string[] = [];
  for (let text = tree.textAt([...path, 0]); text !== null; text = tree.textAt([...path, texts.length]))
    texts.push(text);
  return texts;
}

/**
 * Returns the content with command-line options applied, also as the schema reads it (null if invalid), and
 * the violations.
 */
function parse(
  tree: YamlTree,
  options: JobOptions,
): { readonly value: unknown; readonly read: JobFile | null; readonly found: SchemaMistake[] } {
  for (let tries = 0; ; tries++) {
    const value = withOptions(withoutEmptySections(tree.toValue()), options);
    const result = jobSchema.safeParse(value);
    const found = result.success ? [] : explainIssues(result.error.issues, value);
    // The value of a variable is text; where the schema wants a number or a boolean, it is converted once.
    const retyped =
      tries === 0 ? found.filter((mistake) => mistake.key === null && tree.retype(mistake.path)) : [];
    if (retyped.length === 0) return { value, read: result.success ? result.data : null, found };
  }
}

/** Makes `columns:` and `carrier:` with nothing after them empty mappings instead of null. */
function withoutEmptySections(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const sections = Object.entries(value).filter(([, section]) => section !== null);
  return Object.fromEntries(
    sections.map(([key, section]) => {
      if (key === 'columns' && isMapping(section)) return [key, mapValues(section, (column) => column ?? {})];
      if (key === 'input' && isMapping(section) && section['csv'] === null)
        return [key, { ...section, csv: {} }];
      return [key, section];
    }),
  );
}

function withOptions(value: unknown, options: JobOptions): unknown {
  if (!isMapping(value) || (value['run'] !== undefined && !isMapping(value['run']))) return value;
  const run: Record<string, unknown> = { ...(value['run'] as object | undefined) };
  const { workers, memory } = options;
  if (workers !== undefined && isWorkers(workers))
    run['workers'] = workers === 'auto' ? workers : Number(workers);
  if (memory !== undefined && isMemory(memory))
    run['memory'] = memory === 'auto' ? memory : parseSize(memory);
  return Object.keys(run).length === 0 ? value : { ...value, run };
}

/**
 * Removes mistakes and everything that depends on them from the content, so that checks across keys can find
 * the rest; null if too little is left.
 */
function withoutMistakes(value: unknown, found: readonly SchemaMistake[]): JobFile | null {
  const rest = structuredClone(value);
  if (!isMapping(rest)) return null;
  let wrong: readonly SchemaMistake[] = found;
  for (let round = 0; round < 10; round++) {
    for (const mistake of wrong)
      takeOut(rest, mistake.key === null ? mistake.path : [...mistake.path, mistake.key]);
    for (const [path, text] of needed) putIn(rest, path, text);
    const result = jobSchema.safeParse(rest);
    if (result.success) return result.data;
    wrong = explainIssues(result.error.issues, rest);
  }
  return null;
}

/** Required keys of a job file, with harmless placeholder texts. */
const needed: readonly (readonly [path: readonly [string] | readonly [string, string], text: string])[] = [
  [['name'], 'job'],
  [['input', 'path'], 'no-such-input'],
  [['model', 'path'], 'no-such-model'],
  [['output', 'path'], 'no-such-output'],
];

function takeOut(root: Record<string, unknown>, path: Path): void {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = valueAt(root, path.slice(0, depth - 1));
    const key = path[depth - 1]!;
    // Removing an item of a list would shift the rest, so the whole list goes.
    if (isMapping(parent) && Object.hasOwn(parent, key)) {
      delete parent[key];
      return;
    }
  }
}

function putIn(
  root: Record<string, unknown>,
  path: readonly [string] | readonly [string, string],
  text: string,
): void {
  const [first, second] = path;
  if (second === undefined) root[first] ??= text;
  else {
    if (!isMapping(root[first])) root[first] = {};
    (root[first] as Record<string, unknown>)[second] ??= text;
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(
  mapping: Record<string, unknown>,
  change: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value)]));
}
