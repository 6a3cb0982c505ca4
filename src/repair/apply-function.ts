import { isAscii } from 'node:buffer';
import { type CodedTexts, codedTextsOf } from '../chunk/coded-texts.js';
import type { TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';
import { partOfDate, partOfDay } from './date-parts.js';
import { forEntries, mapTexts } from './dictionary.js';
import type { Expression } from './expression.js';
import { type Numbers, type Scratch, type Texts, type Truths, truth } from './vectors.js';

/** Calls a function on whole vectors; texts are computed once per dictionary entry. */
export function applyFunction(
  node: Expression & { op: 'call' },
  args: readonly (Numbers | Texts | Truths)[],
  rows: number,
  scratch: Scratch,
): Numbers | Texts | Truths {
  const { name } = node;
  switch (name) {
    case 'floor':
      return floors(args[0] as Numbers, scratch.numbers(rows));
    case 'abs':
    case 'ceil':
    case 'round':
    case 'sign':
    case 'sqrt':
    case 'exp':
    case 'log':
    case 'log10':
    case 'log1p':
      return mapNumbers(args[0] as Numbers, Math[name], scratch.numbers(rows));
    case 'min':
    case 'max':
      return mapPairs(args[0] as Numbers, args[1] as Numbers, Math[name], scratch.numbers(rows));
    case 'power':
      return mapPairs(args[0] as Numbers, args[1] as Numbers, Math.pow, scratch.numbers(rows));
    case 'year':
    case 'quarter':
    case 'month':
    case 'day':
    case 'weekday':
    case 'week':
    case 'day_of_year':
      return partOfDate(name, args[0] as Numbers, node.args[0]!.valueType, scratch.numbers(rows));
    case 'hour':
      return partOfDay(args[0] as Numbers, 3_600_000_000, 24, scratch.numbers(rows));
    case 'minute':
      return partOfDay(args[0] as Numbers, 60_000_000, 60, scratch.numbers(rows));
    case 'second':
      return partOfDay(args[0] as Numbers, 1_000_000, 60, scratch.numbers(rows));
    case 'length':
      return lengths(
        args[0] as Texts,
        scratch.kept(node, () => forEntries(codePoints)),
        scratch.numbers(rows),
      );
    case 'lower':
    case 'upper':
    case 'trim':
      return scratch.kept(node, () => mapTexts(ofText[name]))(args[0] as Texts);
    case 'concat':
      return concat(args[0] as Texts, args[1] as Texts, scratch.codes(rows));
    case 'starts_with':
      return testTexts(args, (text, part) => text.startsWith(part), scratch.truths(rows));
    case 'ends_with':
      return testTexts(args, (text, part) => text.endsWith(part), scratch.truths(rows));
    case 'contains':
      return testTexts(args, (text, part) => text.includes(part), scratch.truths(rows));
  }
}

function mapNumbers(from: Numbers, map: (value: number) => number, out: Numbers): Numbers {
  for (let row = 0; row < out.length; row++) out[row] = map(from[row]!);
  return out;
}

/** Written out: calling a function that differs from one expression to the next costs more than rounding. */
function floors(from: Numbers, out: Numbers): Numbers {
  for (let row = 0; row < out.length; row++) out[row] = Math.floor(from[row]!);
  return out;
}

function mapPairs(a: Numbers, b: Numbers, map: (a: number, b: number) => number, out: Numbers): Numbers {
  for (let row = 0; row < out.length; row++) out[row] = map(a[row]!, b[row]!);
  return out;
}

const ofText = {
  lower: (text: string) => text.toLowerCase(),
  upper: (text: string) => text.toUpperCase(),
  trim: (text: string) => text.trim(),
};

function lengths(texts: Texts, ofEntries: (texts: Texts) => readonly number[], out: Numbers): Numbers {
  const { codes } = texts;
  const table = ofEntries(texts);
  for (let row = 0; row < out.length; row++) out[row] = codes[row]! < 0 ? Number.NaN : table[codes[row]!]!;
  return out;
}

function codePoints(text: string): number {
  let points = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) points--;
  return points;
}

/** Counts the code points of texts by their bytes, and reads only texts beyond ASCII. */
export function lengthsOf(column: TextColumn, out: Numbers): Numbers {
  const coded = codedTextsOf(column);
  if (coded !== null) return lookUpLengths(coded, out);
  const { bytes, offsets, validity } = column;
  const rows = out.length;
  const isPlain = isAscii(bytes.subarray(offsets[0]!, offsets[rows]!));
  for (let row = 0; row < rows; row++) {
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    if (!isPresent(validity, row)) out[row] = Number.NaN;
    else if (isPlain || isAscii(bytes.subarray(start, end))) out[row] = end - start;
    else out[row] = codePoints(utf8.decode(bytes.subarray(start, end)));
  }
  return out;
}

/** Reads each text of coded ones once. */
function lookUpLengths({ codes, entries, offsets, bytes }: CodedTexts, out: Numbers): Numbers {
  const texts = { type: 'string', layout: 'text', length: entries, offsets, bytes, validity: null } as const;
  const lengths = lengthsOf(texts, new Float64Array(entries));
  for (let row = 0; row < out.length; row++) out[row] = codes[row]! < 0 ? Number.NaN : lengths[codes[row]!]!;
  return out;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Each pair of entries that occurs is joined once. */
function concat(a: Texts, b: Texts, codes: Int32Array): Texts {
  const dictionary: string[] = [];
  judgePairs(a, b, (left, right) => dictionary.push(left + right) - 1, -1, codes);
  return { codes, dictionary };
}

function testTexts(
  args: readonly (Numbers | Texts | Truths)[],
  test: (text: string, part: string) => boolean,
  out: Truths,
): Truths {
  const [a, b] = args as readonly [Texts, Texts];
  judgePairs(a, b, (text, part) => (test(text, part) ? truth.yes : truth.no), truth.missing, out);
  return out;
}

/** Number of pairs that are looked up by index. */
const mostPairs = 2 ** 18;

/**
 * Writes the result of `judge`, called once for each pair of entries, into each row; `missing` without a
 * text.
 */
function judgePairs(
  a: Texts,
  b: Texts,
  judge: (left: string, right: string) => number,
  missing: number,
  out: Int32Array | Uint8Array,
): void {
  const width = b.dictionary.length;
  const pairs = a.dictionary.length * width;
  const table = pairs <= mostPairs ? new Int32Array(pairs).fill(-1) : null;
  const known = new Map<number, number>();
  for (let row = 0; row < out.length; row++) {
    const left = a.codes[row]!;
    const right = b.codes[row]!;
    if (left < 0 || right < 0) {
      out[row] = missing;
      continue;
    }
    const pair = left * width + right;
    let result = table === null ? (known.get(pair) ?? -1) : table[pair]!;
    if (result === -1) {
      result = judge(a.dictionary[left]!, b.dictionary[right]!);
      if (table === null) known.set(pair, result);
      else table[pair] = result;
    }
    out[row] = result;
  }
}
