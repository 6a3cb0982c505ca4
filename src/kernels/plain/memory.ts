import { BudgetError } from '../../errors.js';

/** The twin's memory as views of every width, replaced as it grows, and the loops' parameters. */
export interface PlainMemory {
  buffer: ArrayBuffer;
  u8: Uint8Array;
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;
  i64: BigInt64Array;
  delimiter: number;
  quote: number;
  escapeByte: number;
  comment: number;
  fields: number;
  maxRowBytes: number;
  decimal: number;
  nulls: number;
  words: number;
  flags: number;
}

const largest = 1 << 30;

export function plainMemory(): PlainMemory {
  const none = { delimiter: 0, quote: 0, escapeByte: 0, comment: 0, fields: 1, maxRowBytes: 0 };
  return { ...views(new ArrayBuffer(1 << 17)), ...none, decimal: 0, nulls: 0, words: 0, flags: 0 };
}

/** Grows to at least `bytes`, and by at least half, by copying. */
export function ensureMemory(memory: PlainMemory, bytes: number): void {
  const now = memory.buffer.byteLength;
  if (bytes <= now) return;
  if (bytes > largest) {
    throw new BudgetError('kernel-memory', `a block needs more than 1GiB of kernel memory, found ${bytes}`, {
      hint: 'make "chunk_bytes" smaller',
    });
  }
  const grown = Math.min(largest, Math.ceil(Math.max(bytes, now * 1.5) / 65_536) * 65_536);
  const old = memory.u8;
  Object.assign(memory, views(new ArrayBuffer(grown)));
  memory.u8.set(old);
}

function views(buffer: ArrayBuffer): Pick<PlainMemory, 'buffer' | 'u8' | 'i32' | 'f32' | 'f64' | 'i64'> {
  return {
    buffer,
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
  };
}
