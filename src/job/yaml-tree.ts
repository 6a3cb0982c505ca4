import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
} from 'yaml';
import type { Mistake } from './mistake.js';
import { brokenYamlBound } from './yaml-bounds.js';

/** Keys from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** Line and column, from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A job file as a tree with positions. */
export interface YamlTree {
  /** Syntax errors, and what YAML allows but a job file does not. */
  readonly mistakes: readonly Mistake[];
  /** The content as plain values, shared where aliases share them; whole numbers beyond 2^53 are bigint. */
  toValue(): unknown;
  /** Replaces every text value with the result of `change`; leaves keys alone. */
  replaceTexts(change: (text: string, position: Position) => string): void;
  /**
   * Converts a text that `replaceTexts` changed to what YAML reads (`4` as a number) unless quoted; returns
   * true if it did.
   */
  retype(path: Path): boolean;
  /** Returns the position of the value at `path`; if it is missing, of the nearest enclosing value. */
  positionOf(path: Path): Position;
  /** Returns the position of the key `key` of the mapping at `path`. */
  positionOfKey(path: Path, key: string): Position;
  /** Returns the scalar at `path` as written in the file, without quotes; null if there is none. */
  textAt(path: Path): string | null;
}

/**
 * Reads YAML 1.2 as plain data: no tags, merge keys, second document or `__proto__`; bounded aliases. Never
 * throws; syntax errors are in `mistakes`.
 */
export function readYamlTree(text: string): YamlTree {
  const lines = new LineCounter();
  const broken = brokenYamlBound(text);
  const doc = parseDocument(broken === null ? text : '', {
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    intAsBigInt: true,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const changed = new Map<Scalar, string>();
  return {
    mistakes:
      broken === null
        ? mistakesOf(doc, text, position)
        : [{ ...positionIn(text, broken.offset), path: '', message: broken.message, hint: null }],
    toValue: () => plain(doc.toJS({ maxAliasCount: -1 })),
    replaceTexts(change) {
      visit(doc, {
        Scalar(key, node) {
          if (key === 'key' || typeof node.value !== 'string') return;
          const text = change(node.value, position(node.range?.[0] ?? 0));
          if (text === node.value) return;
          changed.set(node, text);
          node.value = text;
        },
      });
    },
    retype(path) {
      const { node } = find(doc, path);
      const text = isScalar(node) && node.type === Scalar.PLAIN ? changed.get(node) : undefined;
      if (text === undefined || !/^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(text)) return false;
      changed.delete(node as Scalar);
      (node as Scalar).value = JSON.parse(text.replace(/^(-?)0+(?=\d)/, '$1'));
      return true;
    },
    positionOf: (path) => position(find(doc, path).offset),
    positionOfKey(path, key) {
      const { node, offset } = find(doc, path);
      const found = pairOf(node, key)?.key;
      return position(isScalar(found) ? (found.range?.[0] ?? offset) : offset);
    },
    textAt(path) {
      const { node } = find(doc, path);
      if (!isScalar(node)) return null;
      return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    },
  };
}

/** No file within `brokenYamlBound` holds more values without aliases. */
const maxExpanded = 300_000;

const unquoted = [
  'a text with a variable needs quotes between braces and brackets',
  'put quotes around it',
] as const;

function mistakesOf(doc: Document.Parsed, text: string, position: (offset: number) => Position): Mistake[] {
  const mistakes: Mistake[] = [];
  const add = (offset: number, message: string, hint: string | null = null) =>
    mistakes.push({ ...position(offset), path: '', message, hint });
  let isLost = false;
  for (const { pos, code, message } of [...doc.errors, ...doc.warnings]) {
    const known = explained[code];
    if (code === 'DUPLICATE_KEY') add(pos[0], ...twice(text.slice(pos[0])));
    else if (known !== undefined) add(pos[0], ...known);
    // After the parser has lost its way, everything that follows is noise.
    else if (!isLost) {
      isLost = true;
      if (text.startsWith('${', pos[0] - 1)) add(pos[0] - 1, ...unquoted);
      else add(pos[0], ...(broken[code] ?? [`the YAML is invalid: ${lowerFirst(message)}`]));
    }
  }
  if (mistakes.length > 0) return mistakes;
  visit(doc, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(doc);
      if (target === undefined)
        add(alias.range?.[0] ?? 0, `alias "*${alias.source}" has no anchor before it`);
      else if (ancestors.includes(target))
        add(alias.range?.[0] ?? 0, `alias "*${alias.source}" contains itself`);
    },
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return;
      const around = ancestors.findLast((one) => isPair(one) && isScalar(one.key)) as
        | Pair<Scalar>
        | undefined;
      add(pair.key.range?.[0] ?? 0, '"__proto__" cannot be a key', insteadIn(around?.key.value));
    },
  });
  if (mistakes.length === 0 && expandedSize(doc.toJS({ maxAliasCount: -1 })) > maxExpanded) {
    add(0, 'the aliases (*name) of the file expand to too many values', 'write the values out');
  }
  return mistakes;
}

/** Returns the mistake of a key that occurs twice, by the text from there on. */
function twice(text: string): readonly [string, string] {
  const [key = ''] = /^[\w.-]+(?=[ \t]*:)/.exec(text) ?? [];
  return [`the same key occurs twice in one mapping${key === '' ? '' : `: ${key}`}`, 'keep one of them'];
}

/** Returns what to write in place of a key that cannot be one, by the key around it. */
function insteadIn(key: unknown): string {
  if (key === 'columns') return 'name such a column with "source"';
  if (key === 'map') return 'leave it out, and say under "unknown" what values without an entry become';
  return 'choose another name';
}

/** Counts the values in `value`, shared ones each time they occur; costs one visit per distinct value. */
function expandedSize(value: unknown, sizes = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1;
  let size = sizes.get(value);
  if (size === undefined) {
    size = 1;
    for (const item of Object.values(value)) size += expandedSize(item, sizes);
    sizes.set(value, size);
  }
  return size;
}

const explained: Readonly<Record<string, readonly [string, string]>> = {
  MULTIPLE_DOCS: ['the file contains more than one document', 'write one job per file'],
  TAG_RESOLVE_FAILED: ['tags (!name) are not allowed in a job file', 'write the plain value'],
  TAB_AS_INDENT: ['tabs cannot be used to indent', 'use spaces'],
};

/** Syntax errors after which the parser has lost its way. */
const broken: Readonly<Record<string, readonly [string, string]>> = {
  BAD_INDENT: [
    'a line is not indented like its neighbours, or a brace or bracket before it is not closed',
    'indent the keys of one mapping alike, and close every "{" with "}" and "[" with "]"',
  ],
  MISSING_CHAR: [
    'a quote is not closed, or a key has no colon',
    'close the text with its quote, and write a colon and a blank after a key',
  ],
  BLOCK_AS_IMPLICIT_KEY: ['a value has a colon in it', 'put quotes around a text with a colon'],
  BLOCK_IN_FLOW: ['a value has a colon in it', 'put quotes around a text with a colon'],
  BAD_SCALAR_START: ['a text begins with a character that YAML reserves', 'put quotes around it'],
};

function positionIn(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: lines[lines.length - 1]!.length + 1 };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Returns the node at `path` with aliases resolved, and the offset of the deepest node that exists. */
function find(doc: Document.Parsed, path: Path): { node: unknown; offset: number } {
  let node: unknown = doc.contents;
  let offset = (node as Node | null | undefined)?.range?.[0] ?? 0;
  for (const step of path) {
    const pair = pairOf(node, step);
    const next = pair === null ? (isSeq(node) ? node.items[Number(step)] : undefined) : pair.value;
    const begin = (next as Node | null)?.range?.[0] ?? (pair?.key as Node | undefined)?.range?.[0];
    if (next === undefined && pair === null) return { node: undefined, offset };
    offset = begin ?? offset;
    node = isAlias(next) ? next.resolve(doc) : next;
  }
  return { node, offset };
}

function pairOf(node: unknown, key: string | number): Pair | null {
  if (!isMap(node)) return null;
  return node.items.find((pair) => isScalar(pair.key) && pair.key.value === String(key)) ?? null;
}

/** Copies `value` with whole numbers as numbers where they fit without loss; keeps shared values shared. */
function plain(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value) list.push(plain(item, seen));
    return list;
  }
  const map: Record<string, unknown> = {};
  seen.set(value, map);
  for (const [key, item] of Object.entries(value)) map[key] = plain(item, seen);
  return map;
}
