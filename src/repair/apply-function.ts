import { partOfDate, partOfDay } from './date-parts.js';
import type { FunctionName, ValueType } from './expression.js';
import { type Numbers, type Scratch, type Texts, type Truths, truth } from './vectors.js';

/**
 * Calls a function on vectors, on texts once per dictionary entry. `valueType` is that of the first argument.
 */
export function applyFunction(
  name: FunctionName,
  valueType: ValueType,
  args: readonly (Numbers | Texts | Truths)[],
  rows: number,
  scratch: Scratch,
): Numbers | Texts | Truths {
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
      return partOfDate(name, args[0] as Numbers, valueType, scratch.numbers(rows));
    case 'hour':
      return partOfDay(args[0] as Numbers, 3_600_000_000, 24, scratch.numbers(rows));
    case 'minute':
      return partOfDay(args[0] as Numbers, 60_000_000, 60, scratch.numbers(rows));
    case 'second':
      return partOfDay(args[0] as Numbers, 1_000_000, 60, scratch.numbers(rows));
    case 'length':
      return lengths(args[0] as Texts, scratch.numbers(rows));
    case 'lower':
      return mapTexts(args[0] as Texts, (text) => text.toLowerCase());
    case 'upper':
      return mapTexts(args[0] as Texts, (text) => text.toUpperCase());
    case 'trim':
      return mapTexts(args[0] as Texts, (text) => text.trim());
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

function mapTexts({ codes, dictionary }: Texts, map: (text: string) => string): Texts {
  return { codes, dictionary: dictionary.map(map) };
}

/** In code points. */
function lengths({ codes, dictionary }: Texts, out: Numbers): Numbers {
  const table = Float64Array.from(dictionary, (text) => [...text].length);
  for (let row = 0; row < out.length; row++) out[row] = codes[row]! < 0 ? Number.NaN : table[codes[row]!]!;
  return out;
}

/** Each pair of entries that occurs is joined once. */
function concat(a: Texts, b: Texts, codes: Int32Array): Texts {
  const dictionary: string[] = [];
  const pairs = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    const left = a.codes[row]!;
    const right = b.codes[row]!;
    if (left < 0 || right < 0) {
      codes[row] = -1;
      continue;
    }
    const pair = left * b.dictionary.length + right;
    let code = pairs.get(pair);
    if (code === undefined) {
      code = dictionary.push(a.dictionary[left]! + b.dictionary[right]!) - 1;
      pairs.set(pair, code);
    }
    codes[row] = code;
  }
  return { codes, dictionary };
}

function testTexts(
  args: readonly (Numbers | Texts | Truths)[],
  test: (text: string, part: string) => boolean,
  out: Truths,
): Truths {
  const [a, b] = args as readonly [Texts, Texts];
  const known = new Map<number, number>();
  for (let row = 0; row < out.length; row++) {
    const left = a.codes[row]!;
    const right = b.codes[row]!;
    if (left < 0 || right < 0) {
      out[row] = truth.missing;
      continue;
    }
    const pair = left * b.dictionary.length + right;
    let verdict = known.get(pair);
    if (verdict === undefined) {
      verdict = test(a.dictionary[left]!, b.dictionary[right]!) ? truth.yes : truth.no;
      known.set(pair, verdict);
    }
    out[row] = verdict;
  }
  return out;
}
