import type { OutputBatch } from '../../chunk/batch.js';
import type {
  Column,
  DictionaryColumn,
  StringColumn,
  StringListColumn,
  Validity,
} from '../../chunk/column.js';
import { countMissing } from '../../chunk/validity.js';

/** The planned body of a record batch: nodes and buffers in pre-order, and the function that writes them. */
export interface BatchBody {
  readonly nodes: readonly { readonly length: number; readonly missing: number }[];
  readonly buffers: readonly { readonly start: number; readonly bytes: number }[];
  /** Bytes of the body, a multiple of 8. */
  readonly bytes: number;
  /** Writes the body to `target`, which contains zeros and has `bytes` bytes. */
  writeTo(target: Uint8Array): void;
}

/**
 * Plans a batch's body: copies columns once, writes strings out, clears bits after the last row, so that
 * equal rows give equal bytes.
 */
export function batchBody(batch: OutputBatch): BatchBody {
  const nodes: { length: number; missing: number }[] = [];
  const buffers: { start: number; bytes: number }[] = [];
  const writes: ((target: Uint8Array) => void)[] = [];
  let bytes = 0;
  const plan: Plan = {
    node: (length, missing) => nodes.push({ length, missing }),
    buffer(length, write) {
      const start = bytes;
      buffers.push({ start, bytes: length });
      bytes += (length + 7) & ~7;
      if (length > 0) writes.push((target) => write(target.subarray(start, start + length)));
    },
  };
  for (const column of batch.columns) planColumn(column, batch.rows, plan);
  return {
    nodes,
    buffers,
    bytes,
    writeTo(target) {
      for (const write of writes) write(target);
    },
  };
}

interface Plan {
  node(length: number, missing: number): void;
  buffer(bytes: number, write: (target: Uint8Array) => void): void;
}

function planColumn(column: Column | StringListColumn, rows: number, plan: Plan): void {
  planValidity(column.validity, rows, plan);
  switch (column.type) {
    case 'boolean':
      plan.buffer((rows + 7) >> 3, (target) => {
        for (let row = 0; row < rows; row++)
          if (column.values[row] === 1) target[row >> 3]! |= 1 << (row & 7);
      });
      break;
    case 'string':
      planStrings(column, rows, plan);
      break;
    case 'list<float32>': {
      const start = column.offsets[0]!;
      const count = column.offsets[rows]! - start;
      planOffsets(column.offsets, rows, plan);
      plan.node(count, 0);
      plan.buffer(0, () => {});
      plan.buffer(4 * count, (target) => target.set(bytesOf(column.items.subarray(start, start + count))));
      break;
    }
    case 'list<string>': {
      const start = column.offsets[0]!;
      const codes = column.codes.subarray(start, column.offsets[rows]!);
      planOffsets(column.offsets, rows, plan);
      plan.node(codes.length, 0);
      plan.buffer(0, () => {});
      planCoded(codes, column.dictionary, plan);
      break;
    }
    default: {
      const values = column.values.subarray(0, rows);
      plan.buffer(values.byteLength, (target) => target.set(bytesOf(values)));
    }
  }
}

function planValidity(validity: Validity, rows: number, plan: Plan): void {
  const missing = countMissing(validity, rows);
  plan.node(rows, missing);
  const bytes = missing === 0 ? 0 : (rows + 7) >> 3;
  plan.buffer(bytes, (target) => {
    target.set(validity!.subarray(0, bytes));
    if ((rows & 7) !== 0) target[bytes - 1]! &= (1 << (rows & 7)) - 1;
  });
}

function planStrings(column: StringColumn, rows: number, plan: Plan): void {
  if (column.layout === 'dictionary') {
    planCoded((column as DictionaryColumn).codes.subarray(0, rows), column.dictionary, plan);
    return;
  }
  const start = column.offsets[0]!;
  const end = column.offsets[rows]!;
  planOffsets(column.offsets, rows, plan);
  plan.buffer(end - start, (target) => target.set(column.bytes.subarray(start, end)));
}

/** Plans offsets of `rows` rows, relative to the first. */
function planOffsets(offsets: Int32Array, rows: number, plan: Plan): void {
  const start = offsets[0]!;
  const relative =
    start === 0 ? offsets.subarray(0, rows + 1) : offsets.slice(0, rows + 1).map((at) => at - start);
  plan.buffer(4 * (rows + 1), (target) => target.set(bytesOf(relative)));
}

/** Plans strings given as codes, written out; code -1 is an empty string. */
function planCoded(codes: Int32Array, dictionary: readonly string[], plan: Plan): void {
  const texts: Buffer[] = [];
  const offsets = new Int32Array(codes.length + 1);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const length = code < 0 ? 0 : (texts[code] ??= Buffer.from(dictionary[code]!)).length;
    offsets[row + 1] = offsets[row]! + length;
  }
  plan.buffer(4 * offsets.length, (target) => target.set(bytesOf(offsets)));
  plan.buffer(offsets[codes.length]!, (target) => {
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      if (code < 0) continue;
      const text = texts[code]!;
      let to = offsets[row]!;
      for (let i = 0; i < text.length; i++, to++) target[to] = text[i]!;
    }
  });
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
