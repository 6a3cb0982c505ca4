import type { Feeds, TensorData, TensorType } from '../chunk/tensor.js';
import type { InputCodes, ModelInput } from './inputs-and-outputs.js';

/** The inputs that columns feed, as far as a probe needs to know them. */
export interface ProbeShape {
  /** Values per row of each such input, by name. */
  readonly widths: Readonly<Record<string, number>>;
  /** Feeds of the other inputs. */
  readonly constants: Readonly<Record<string, TensorData>>;
}

/** Generated rows for a model: the same rows with strings, and with codes according to `codes`. */
export interface Probe {
  readonly rows: number;
  /** Rows `[0, tameRows)` contain only ordinary values. */
  readonly tameRows: number;
  feeds(codes: ReadonlyMap<string, InputCodes>): (from: number, to: number) => Feeds;
}

const tameRows = 32;
const wildRows = 64;

/**
 * Generates rows to try out a model: ordinary ones, then NaN, infinities, zeros of both signs, extreme
 * numbers, every string that the model's encoders know, unknown strings, and the empty one. The same model
 * gets the same rows.
 */
export function generateProbe(
  inputs: readonly ModelInput[],
  shape: ProbeShape,
  least = tameRows + wildRows,
): Probe {
  const fed = inputs.filter(({ name }) => !(name in shape.constants));
  let rows = Math.max(least, tameRows + wildRows);
  let seed = 1;
  const columns = fed.map((input) => {
    const width = shape.widths[input.name] ?? 1;
    if (input.type !== 'string') return { input, width, lists: [] };
    const lists = Array.from({ length: width }, (_, column) => {
      const use = input.uses === null ? null : (input.uses[column] ?? input.uses[0] ?? null);
      return use === null || use.categories.length === 0 ? ['a', 'b', ''] : use.categories;
    });
    for (const list of lists) rows = Math.max(rows, tameRows + wildRows + list.length);
    return { input, width, lists };
  });
  const data = columns.map(({ input, width, lists }) => {
    seed += 7919;
    return input.type === 'string'
      ? textRows(rows, width, lists)
      : numberRows(input.type, rows, width, random(seed));
  });
  return {
    rows,
    tameRows,
    feeds(codes) {
      const ready = columns.map(({ input, width }, i): Ready => {
        const code = codes.get(input.name);
        const values = data[i]!;
        return code === undefined
          ? { input, width, tail: tailOf(input, width), type: input.type, values }
          : encode(input, width, values as readonly string[], code);
      });
      return (from, to) => {
        const feeds: Record<string, TensorData> = { ...shape.constants };
        for (const { input, width, tail, type, values } of ready) {
          const dims = [to - from, ...tail];
          const part = Array.isArray(values)
            ? values.slice(from * width, to * width)
            : (values as Float32Array).subarray(from * width, to * width);
          feeds[input.name] = { type, dims, data: part };
        }
        return feeds;
      };
    },
  };
}

/** Returns the dims after the rows: as the model declares them, with `width` for an open one. */
function tailOf({ dims }: ModelInput, width: number): number[] {
  if (dims === null) return [width];
  const tail = dims.slice(1);
  if (tail.every((dim) => typeof dim === 'number')) return tail as number[];
  const known = tail.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  let open = width / known;
  return tail.map((dim) => {
    if (typeof dim === 'number') return dim;
    const size = open;
    open = 1;
    return size;
  });
}

/** Converts strings to the feed that replaces them. */
function encode(input: ModelInput, width: number, texts: readonly string[], code: InputCodes): Ready {
  const indices = new Map(code.dictionary.map((text, index) => [text, index]));
  if (code.weights === null) {
    const values = BigInt64Array.from(texts, (text) => BigInt(indices.get(text) ?? code.unknown));
    return { input, width, tail: tailOf(input, width), type: 'int64', values };
  }
  const weights = code.weights;
  const values = new Float32Array(texts.length * weights.width);
  for (const [i, text] of texts.entries()) {
    const index = indices.get(text);
    if (index === undefined) continue;
    values.set(weights.values.slice(index * weights.width, (index + 1) * weights.width), i * weights.width);
  }
  return { input, width: weights.width, tail: [weights.width], type: 'float32', values };
}

interface Ready {
  readonly input: ModelInput;
  readonly width: number;
  readonly tail: readonly number[];
  readonly type: TensorType;
  readonly values: TensorData['data'];
}

function textRows(rows: number, width: number, lists: readonly (readonly string[])[]): string[] {
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const list = lists[column]!;
      const known = list[(row + column * 5) % list.length]!;
      // Unknown strings are in few rows only: if the model refuses them, the other rows are still useful.
      const odd = row - tameRows - column;
      const strange = [
        `${known}?`,
        '',
        ` ${known}`,
        known.toLowerCase(),
        'NaN',
        '\u00e9\u{1f600}',
        'unknown',
      ];
      texts.push(odd >= 0 && odd % 4 === 0 && odd < wildRows ? strange[(odd >> 2) % strange.length]! : known);
    }
  }
  return texts;
}

type Numbers = Exclude<TensorData['data'], readonly string[]>;

function numberRows(type: TensorType, rows: number, width: number, next: () => number): Numbers {
  const size = rows * width;
  const tame = tameRows * width;
  const odd = (i: number, list: readonly number[]): number =>
    i < tame || i >= (tameRows + wildRows) * width ? next() : list[(i + (i >> 4)) % list.length]!;
  switch (type) {
    case 'float32':
      return Float32Array.from({ length: size }, (_, i) => odd(i, wildFloats));
    case 'float64':
      return Float64Array.from({ length: size }, (_, i) => odd(i, wildFloats));
    case 'float16':
      return Uint16Array.from({ length: size }, (_, i) =>
        i < tame ? 0x3800 + (i % 1024) : wildHalves[i % wildHalves.length]!,
      );
    case 'bool':
      return Uint8Array.from({ length: size }, (_, i) => mixed(i) & 1);
    case 'int64':
      return BigInt64Array.from({ length: size }, (_, i) => BigInt(small(i, tame)));
    case 'uint64':
      return BigUint64Array.from({ length: size }, (_, i) => BigInt(mixed(i) & 3));
    case 'int32':
      return Int32Array.from({ length: size }, (_, i) => small(i, tame));
    case 'int16':
      return Int16Array.from({ length: size }, (_, i) => small(i, tame));
    case 'int8':
      return Int8Array.from({ length: size }, (_, i) => small(i, tame));
    case 'uint8':
      return Uint8Array.from({ length: size }, (_, i) => mixed(i) & 3);
    case 'uint16':
      return Uint16Array.from({ length: size }, (_, i) => mixed(i) & 3);
    case 'uint32':
      return Uint32Array.from({ length: size }, (_, i) => mixed(i) & 3);
    case 'string':
      throw new TypeError('strings are not numbers');
  }
}

/** Returns small whole numbers: they usually are indices. */
function small(i: number, tame: number): number {
  return i < tame ? mixed(i) & 1 : wildInts[i % wildInts.length]!;
}

/** Returns bits that do not repeat from row to row, for rows of any width. */
function mixed(i: number): number {
  return Math.imul(i ^ (i >>> 3), 0x9e3779b1) >>> 27;
}

const wildInts = [0, 1, 2, 3, 0, 5, -1, 100];
const wildFloats = [
  Number.NaN,
  0,
  -0,
  1,
  Number.POSITIVE_INFINITY,
  -1,
  Number.NEGATIVE_INFINITY,
  1e-40,
  3.4e38,
  -3.4e38,
  1234.5678,
  0.1,
  -17,
];
const wildHalves = [0x7e00, 0, 0x8000, 0x3c00, 0x7c00, 0xbc00, 0xfc00, 0x0001, 0x7bff];

/** Returns numbers around zero with a long tail (mulberry32, T. Ettinger). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    return Math.tan((unit - 0.5) * 3) * 2;
  };
}
