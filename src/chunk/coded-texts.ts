import type { TextColumn, Validity } from './column.js';

/** Texts as codes into few entries; entry i is `bytes[offsets[i], offsets[i + 1])`. A missing row has code -1. */
export interface CodedTexts {
  readonly codes: Int32Array;
  readonly entries: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

const codedColumns = new WeakMap<TextColumn, CodedTexts>();

/**
 * Returns a column whose texts are written out when they are first asked for. What counts, copies or encodes by
 * entry asks `codedTextsOf`, so most columns of a coded file are never written out. A copy of the column made
 * by spreading it has written texts only.
 */
export function codedColumn(coded: CodedTexts, validity: Validity): TextColumn {
  let written: WrittenTexts | null = null;
  const { length } = coded.codes;
  const column: TextColumn = {
    type: 'string',
    layout: 'text',
    length,
    validity,
    get offsets() {
      written ??= writeOut(coded);
      return written.offsets;
    },
    get bytes() {
      written ??= writeOut(coded);
      return written.bytes;
    },
  };
  codedColumns.set(column, coded);
  return column;
}

/** Returns a column's codes; null if it has written texts only. */
export function codedTextsOf(column: TextColumn): CodedTexts | null {
  return codedColumns.get(column) ?? null;
}

/** Returns the number of bytes that the rows take once written out: 1 ns a row. */
export function writtenBytes({ codes, entries, offsets }: CodedTexts): number {
  const lengths = new Int32Array(entries + 1);
  for (let i = 0; i < entries; i++) lengths[i + 1] = offsets[i + 1]! - offsets[i]!;
  let total = 0;
  for (let row = 0; row < codes.length; row++) total += lengths[codes[row]! + 1]!;
  return total;
}

type WrittenTexts = Pick<TextColumn, 'offsets' | 'bytes'>;

function writeOut(coded: CodedTexts): WrittenTexts {
  const { codes, offsets: starts, bytes: from } = coded;
  const offsets = new Int32Array(codes.length + 1);
  const bytes = new Uint8Array(writtenBytes(coded));
  let to = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code >= 0) for (let at = starts[code]!; at < starts[code + 1]!; at++) bytes[to++] = from[at]!;
    offsets[row + 1] = to;
  }
  return { offsets, bytes };
}
