import type { TextColumn } from '../../chunk/column.js';
import { countMissing } from '../../chunk/validity.js';
import { putWords, snappyTableBytes, writeLoops } from '../../kernels/page-loops.js';
import { type ColumnPages, columnPages, statisticsOf } from './column-chunk.js';
import { codecs, encodings } from './format-numbers.js';
import { presenceOf } from './presence.js';

const byteArray = 6;

/** Texts of more bytes are left to parquet-wasm, which splits them into pages. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Returns a column chunk of one page of PLAIN texts (Encodings.md), compressed with Snappy unless that makes it
 * larger. Null for more than 16 MiB.
 */
export function textChunk(column: TextColumn, rows: number, presence = presenceOf(rows)): ColumnPages | null {
  const { offsets, bytes, validity } = column;
  const start = offsets[0]!;
  const size = offsets[rows]! - start;
  if (size > mostBytes) return null;
  const missing = countMissing(validity, rows);
  const bits = missing === 0 ? null : validity;
  const levels = presence.levels(bits);
  const levelBytes = levels.reduce((sum, { length }) => sum + length, 0);
  const bodyBytes = levelBytes + 4 * (rows - missing) + size;
  const { loops, memory, at } = writeLoops({
    texts: size,
    offsets: 4 * (rows + 1),
    bits: (rows + 7) >> 3,
    table: snappyTableBytes,
    body: bodyBytes,
    stored: bodyBytes + Math.ceil(bodyBytes / 6) + 32,
  });
  memory.set(bytes.subarray(start, start + size), at.texts);
  putWords(memory, at.offsets, offsets.subarray(0, rows + 1));
  const bitsAt = bits === null ? 0 : at.bits;
  if (bits !== null) memory.set(bits.subarray(0, (rows + 7) >> 3), at.bits);
  let to = at.body;
  for (const part of levels) {
    memory.set(part, to);
    to += part.length;
  }
  const texts = at.texts - start;
  const end = loops.layTexts(at.offsets, rows, texts, bitsAt, to);
  const storedEnd = loops.compressSnappy(at.body, end, at.table, at.stored);
  const isSmaller = storedEnd - at.stored < end - at.body;
  const bound = (isGreatest: boolean) => {
    const row = loops.boundOf(at.offsets, rows, texts, bitsAt, isGreatest);
    return row < 0 ? null : bytes.slice(offsets[row], offsets[row + 1]);
  };
  return columnPages({
    physical: byteArray,
    encoding: encodings.plain,
    dictionary: null,
    data: [isSmaller ? memory.slice(at.stored, storedEnd) : memory.slice(at.body, end)],
    compressed: isSmaller ? { codec: codecs.snappy, bytes: end - at.body } : null,
    count: rows,
    statistics: statisticsOf(missing, bound(false), bound(true)),
  });
}
