import type { OutputBatch, OutputField } from '../../chunk/batch.js';
import type { Column, ListColumn, StringListColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import type { Assembler, Encoder, Sink } from '../format.js';
import { ByteWriter, type CellWriter, numberWriter, type WriteValue } from '../text/byte-writer.js';
import {
  fasterNumbers,
  numberBytes,
  writeDate,
  writeFloat32,
  writeFloat64,
  writeInt32,
  writeInt64,
  writeTimestamp,
} from '../text/number-text.js';

/**
 * Encodes batches as lines, one object per row with all columns in order: missing values are null; 64-bit
 * whole numbers are numbers with all their digits; floats are the shortest text that reads back as the same
 * value of their width; NaN and infinities, which JSON lacks, are the strings "NaN", "Infinity" and
 * "-Infinity" (as in the JSON mapping of Protocol Buffers); times are ISO 8601 in UTC.
 */
export function jsonlEncoder(fields: readonly OutputField[]): Encoder {
  const keys = fields.map(({ name }, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const keyBytes = keys.reduce((sum, { length }) => sum + length, 0);
  return {
    async encode({ rows, columns }: OutputBatch) {
      const out = new LineBytes(keyBytes + columns.length * (numberBytes + 2) + 3);
      const writers = columns.map((column) => cellWriter(out, column));
      for (let row = 0; row < rows; row++) {
        out.reserve(0);
        if (writers.length === 0) out.copy(openBrace);
        for (let i = 0; i < writers.length; i++) {
          out.copy(keys[i]!);
          writers[i]!(row);
        }
        out.bytes[out.at++] = CLOSE_BRACE;
        out.bytes[out.at++] = LF;
      }
      return out.bytes.subarray(0, out.at);
    },
  };
}

/** Writes encoded lines one after the other; a file without rows is empty. */
export function jsonlAssembler(sink: Sink): Assembler {
  return {
    async append(piece) {
      if (piece.length > 0) await sink.write(piece);
    },
    async finish() {},
  };
}

/** Lines of JSON as bytes. */
class LineBytes extends ByteWriter {
  /** Writes UTF-8 as a string: quotes, backslashes and control characters are escaped. */
  string(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(6 * (end - start) + 2);
    const { bytes } = this;
    let to = this.at;
    bytes[to++] = QUOTE;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      if (byte >= 32 && byte !== QUOTE && byte !== BACKSLASH) bytes[to++] = byte;
      else for (const part of escapes[byte]!) bytes[to++] = part;
    }
    bytes[to++] = QUOTE;
    this.at = to;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;
const LF = 10;
const openBrace = Buffer.from('{');
const nullWord = Buffer.from('null');
const booleanWords = [Buffer.from('false'), Buffer.from('true')];
/** The escapes of the control characters, of the quote and of the backslash. */
const escapes = Array.from({ length: BACKSLASH + 1 }, (_, byte) =>
  Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)),
);
const notFinite = {
  nan: Buffer.from('"NaN"'),
  infinity: Buffer.from('"Infinity"'),
  minusInfinity: Buffer.from('"-Infinity"'),
};

function cellWriter(out: LineBytes, column: Column | StringListColumn): CellWriter {
  const write = valueWriter(out, column);
  const { validity } = column;
  if (validity === null) return write;
  return (row) => {
    if (isPresent(validity, row)) write(row);
    else out.copy(nullWord);
  };
}

function valueWriter(out: LineBytes, column: Column | StringListColumn): CellWriter {
  switch (column.type) {
    case 'int32':
      return numberWriter(out, column.values, writeInt32);
    case 'int64':
      return numberWriter(out, fasterNumbers(column.values), writeInt64);
    case 'float64':
      return (row) => writeFloat(out, column.values[row]!, writeFloat64);
    case 'float32':
      return (row) => writeFloat(out, column.values[row]!, writeFloat32);
    case 'date':
      return quotedWriter(out, column.values, writeDate);
    case 'timestamp':
      return quotedWriter(out, fasterNumbers(column.values), writeTimestamp);
    case 'boolean':
      return (row) => out.copy(booleanWords[column.values[row]!]!);
    case 'list<float32>':
      return floatsWriter(out, column);
    case 'list<string>': {
      const { offsets, codes, dictionary } = column;
      const strings = dictionary.map(stringBytes);
      return (row) => writeList(out, offsets[row]!, offsets[row + 1]!, (i) => out.copy(strings[codes[i]!]!));
    }
    case 'string': {
      if (column.layout === 'text') {
        const { offsets, bytes } = column;
        return (row) => out.string(bytes, offsets[row]!, offsets[row + 1]!);
      }
      const { codes, dictionary } = column;
      const strings = dictionary.map(stringBytes);
      return (row) => out.copy(strings[codes[row]!] ?? nullWord);
    }
  }
}

function quotedWriter<T>(
  out: LineBytes,
  values: { readonly [row: number]: T },
  write: WriteValue<T>,
): CellWriter {
  return (row) => {
    out.bytes[out.at++] = QUOTE;
    out.at = write(out.bytes, out.at, values[row]!);
    out.bytes[out.at++] = QUOTE;
  };
}

function writeFloat(out: LineBytes, value: number, write: WriteValue<number>): void {
  if (value - value === 0) out.at = write(out.bytes, out.at, value);
  else if (Number.isNaN(value)) out.copy(notFinite.nan);
  else out.copy(value > 0 ? notFinite.infinity : notFinite.minusInfinity);
}

function floatsWriter(out: LineBytes, { offsets, items }: ListColumn): CellWriter {
  return (row) => {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    out.reserve((end - start) * (numberBytes + 1) + 2);
    writeList(out, start, end, (i) => writeFloat(out, items[i]!, writeFloat32));
  };
}

function writeList(out: LineBytes, start: number, end: number, write: (i: number) => void): void {
  out.reserve(end - start + 2);
  out.bytes[out.at++] = OPEN_BRACKET;
  for (let i = start; i < end; i++) {
    if (i > start) out.bytes[out.at++] = COMMA;
    write(i);
  }
  out.bytes[out.at++] = CLOSE_BRACKET;
}

function stringBytes(text: string): Uint8Array {
  const source = Buffer.from(text, 'utf8');
  const out = new LineBytes(0);
  out.string(source);
  return Buffer.from(out.bytes.subarray(0, out.at));
}
