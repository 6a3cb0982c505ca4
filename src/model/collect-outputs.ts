import type { Tensor } from 'onnxruntime-node';
import type { Fetches, TensorData, TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import type { ModelSession } from './runtime-session.js';

type Numbers = Exclude<TensorData['data'], readonly string[]>;

/** Concatenates the outputs of batches in arrays as long as the chunk. */
interface Collector {
  /** Makes room for a chunk of `rows` rows, which invalidates the results of the chunk before. */
  begin(rows: number): void;
  /**
   * Returns where the runtime must write rows `[from, to)`, `rows` with padding; null if it must allocate:
   * texts, padded batches, the first batch, or all if `rows` is null.
   */
  targets(from: number, to: number, rows: number | null): Record<string, Tensor | null>;
  /** Copies what the runtime allocated. Throws `InvalidError` for an output without one row per row fed. */
  collect(fetched: Readonly<Record<string, Tensor>>, from: number, to: number, rows: number): void;
  /** Clears a row without an answer. */
  clear(row: number): void;
  end(): Fetches;
}

interface Slot {
  readonly name: string;
  readonly type: TensorType;
  /** Dimensions after the rows; null until the first batch shows them. */
  tail: readonly number[] | null;
  width: number;
  numbers: Numbers | null;
  texts: string[];
  /** The last target of the runtime. */
  target: Tensor | null;
}

/** Creates a collector for `outputs`; reuses its arrays from chunk to chunk and grows them to the longest. */
export function createCollector(
  session: ModelSession,
  outputs: readonly { readonly name: string; readonly type: TensorType }[],
): Collector {
  const slots = outputs.map(
    ({ name, type }): Slot => ({ name, type, tail: null, width: 0, numbers: null, texts: [], target: null }),
  );
  let chunkRows = 0;
  let empty: number[] = [];

  const reserve = (slot: Slot): Numbers => {
    const size = chunkRows * slot.width;
    if (slot.numbers === null || slot.numbers.length < size) slot.numbers = new arrays[slot.type](size);
    return slot.numbers;
  };

  return {
    begin(rows) {
      chunkRows = rows;
      empty = [];
      for (const slot of slots) {
        if (slot.type === 'string') slot.texts = new Array<string>(rows * slot.width).fill('');
        else if (slot.tail !== null) reserve(slot);
      }
    },
    targets(from, to, rows) {
      const targets: Record<string, Tensor | null> = {};
      for (const slot of slots) {
        slot.target = null;
        if (slot.type !== 'string' && slot.tail !== null && rows === to - from) {
          const view = slot.numbers!.subarray(from * slot.width, to * slot.width) as Numbers;
          slot.target = session.tensor(slot.type, view, [rows, ...slot.tail]);
        }
        targets[slot.name] = slot.target;
      }
      return targets;
    },
    collect(fetched, from, to, rows) {
      for (const slot of slots) {
        const tensor = fetched[slot.name]!;
        const { dims, data } = tensor;
        if (slot.tail === null) {
          checkRows(slot.name, dims, rows);
          slot.tail = dims.slice(1);
          slot.width = slot.tail.reduce((product, dim) => product * dim, 1);
          if (slot.type === 'string') slot.texts = new Array<string>(chunkRows * slot.width).fill('');
          else reserve(slot);
        } else if (tensor === slot.target) {
          continue;
        } else {
          checkRows(slot.name, dims, rows);
          checkTail(slot.name, dims.slice(1), slot.tail);
        }
        const length = (to - from) * slot.width;
        if (slot.type === 'string') {
          const texts = data as string[];
          for (let i = 0, at = from * slot.width; i < length; i++, at++) slot.texts[at] = texts[i]!;
        } else {
          const numbers = plain(data as Numbers).subarray(0, length);
          slot.numbers!.set(numbers as never, from * slot.width);
        }
      }
    },
    clear(row) {
      empty.push(row);
    },
    end() {
      const fetches: Record<string, TensorData> = {};
      for (const row of empty) for (const slot of slots) emptyRow(slot, row);
      for (const slot of slots) {
        const dims = [chunkRows, ...(slot.tail ?? [])];
        const size = chunkRows * slot.width;
        const data = slot.type === 'string' ? slot.texts : reserve(slot).subarray(0, size);
        fetches[slot.name] = { type: slot.type, dims, data: data as TensorData['data'] };
      }
      return fetches;
    },
  };
}

function emptyRow({ type, width, numbers, texts, tail }: Slot, row: number): void {
  if (tail === null) return;
  const [start, end] = [row * width, (row + 1) * width];
  if (type === 'string') texts.fill('', start, end);
  else if (type === 'float16') (numbers as Uint16Array).fill(float16NaN, start, end);
  else if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array)
    numbers.fill(0n, start, end);
  else (numbers as Float32Array).fill(type === 'float32' || type === 'float64' ? Number.NaN : 0, start, end);
}

function checkRows(name: string, dims: readonly number[], rows: number): void {
  if (dims.length > 0 && dims[0] === rows) return;
  throw new InvalidError(
    'output-without-rows',
    `the output "${name}" has the shape [${dims.join(', ')}] where ${rows} rows were fed: it has no axis of rows`,
    { hint: `leave out "${name}": list the outputs you want under "model.outputs"` },
  );
}

function checkTail(name: string, found: readonly number[], expected: readonly number[]): void {
  if (found.join() === expected.join()) return;
  throw new InvalidError(
    'output-shape-varies',
    `the output "${name}" has [${found.join(', ')}] values per row, but had [${expected.join(', ')}] before`,
    { hint: `leave out "${name}": its width depends on the data, so it cannot become columns` },
  );
}

function plain(data: Numbers): Numbers {
  // Views Float16Array as its bits, if this JavaScript engine has it.
  return 'Float16Array' in globalThis && Object.prototype.toString.call(data) === '[object Float16Array]'
    ? new Uint16Array(data.buffer, data.byteOffset, data.length)
    : data;
}

const float16NaN = 0x7e00;

const arrays: Readonly<Record<TensorType, new (size: number) => Numbers>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  // Never used: texts are stored in plain arrays.
  string: Uint8Array,
};
