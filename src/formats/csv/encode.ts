import type { OutputBatch, OutputField } from '../../chunk/batch.js';
import type { Column, ListColumn, StringListColumn, TextColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import type { Encoder } from '../format.js';
import { ByteWriter, type CellWriter, numberWriter } from '../text/byte-writer.js';
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

/** How to write CSV; the default is RFC 4180 with every cell unchanged. */
export interface CsvWriting {
  /** `neutralise` puts an apostrophe before text that a spreadsheet would run as a formula. */
  readonly formulas: 'keep' | 'neutralise';
  readonly header: boolean;
}

export const plainWriting: CsvWriting = { formulas: 'keep', header: true };

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;

/**
 * Writes batches as RFC 4180: comma, CRLF, quotes only if needed, UTF-8. A missing value is nothing between
 * two commas, an empty string is `""`; floats are the shortest text that reads back as the same value of
 * their width; timestamps are ISO 8601 in UTC.
 */
export function csvEncoder(fields: readonly OutputField[], writing: CsvWriting = plainWriting): Encoder {
  return {
    async encode({ rows, columns }: OutputBatch) {
      const out = new RowBytes(columns.length * (numberBytes + 1) + 4);
      const writers = columns.map((column) => cellWriter(out, column, writing));
      for (let row = 0; row < rows; row++) {
        out.reserve(0);
        const start = out.at;
        for (let i = 0; i < writers.length; i++) {
          if (i > 0) out.bytes[out.at++] = COMMA;
          writers[i]!(row);
        }
        // A row of one missing cell would be a blank line.
        if (fields.length === 1 && out.at === start) out.text(noBytes);
        out.bytes[out.at++] = CR;
        out.bytes[out.at++] = LF;
      }
      return out.bytes.subarray(0, out.at);
    },
  };
}

/** Returns the header line of a file with these fields. */
export function headerLine(fields: readonly OutputField[]): string {
  const names = fields.map(({ name }) => cellOf(name).toString('utf8')).join(',');
  return `${names === '' ? '""' : names}\r\n`;
}

const noBytes = new Uint8Array(0);

/** Rows of CSV as bytes. */
class RowBytes extends ByteWriter {
  /** Writes a text: quoted if it is empty or has a delimiter, a quote, a line end, or a blank at an edge. */
  text(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(2 * (end - start) + 2);
    const { bytes } = this;
    let needsQuotes = end === start || isEdge(source, start, end);
    let to = this.at;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      bytes[to++] = byte;
      if (byte === COMMA || byte === QUOTE || byte === LF || byte === CR) needsQuotes = true;
    }
    this.at = needsQuotes ? quoteInto(bytes, this.at, source, start, end) : to;
  }
}

/** Returns true for a blank at an edge, or a byte order mark at the start. */
function isEdge(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  const last = bytes[end - 1]!;
  if (first === SPACE || first === TAB || last === SPACE || last === TAB) return true;
  return first === 0xef && end - start > 2 && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

/** Writes a cell in quotes, doubling its own; returns its end. */
function quoteInto(out: Uint8Array, begin: number, bytes: Uint8Array, start: number, end: number): number {
  let at = begin;
  out[at++] = QUOTE;
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!;
    if (byte === QUOTE) out[at++] = QUOTE;
    out[at++] = byte;
  }
  out[at++] = QUOTE;
  return at;
}

function cellWriter(out: RowBytes, column: Column | StringListColumn, writing: CsvWriting): CellWriter {
  const write = valueWriter(out, column, writing);
  const { validity } = column;
  if (validity === null) return write;
  return (row) => {
    if (isPresent(validity, row)) write(row);
  };
}

function valueWriter(out: RowBytes, column: Column | StringListColumn, { formulas }: CsvWriting): CellWriter {
  const isSafe = formulas === 'keep';
  switch (column.type) {
    case 'int32':
      return numberWriter(out, column.values, writeInt32);
    case 'int64':
      return numberWriter(out, fasterNumbers(column.values), writeInt64);
    case 'float64':
      return numberWriter(out, column.values, writeFloat64);
    case 'float32':
      return numberWriter(out, column.values, writeFloat32);
    case 'date':
      return numberWriter(out, column.values, writeDate);
    case 'timestamp':
      return numberWriter(out, fasterNumbers(column.values), writeTimestamp);
    case 'boolean': {
      const words = [Buffer.from('false'), Buffer.from('true')];
      return (row) => out.copy(words[column.values[row]!]!);
    }
    case 'list<float32>':
      return floatsWriter(out, column);
    case 'list<string>': {
      const { offsets, codes, dictionary } = column;
      const cells = dictionary.map((text) => textCell(text, isSafe));
      return (row) => {
        const [start, end] = [offsets[row]!, offsets[row + 1]!];
        if (end - start === 1) out.copy(cells[codes[start]!]!);
        else if (end > start) {
          const texts = Array.from(codes.subarray(start, end), (code) => dictionary[code]!);
          out.copy(textCell(texts.join(';'), isSafe));
        }
      };
    }
    case 'string': {
      if (column.layout === 'text') return textWriter(out, column, isSafe);
      const { codes, dictionary } = column;
      const cells = dictionary.map((text) => textCell(text, isSafe));
      return (row) => out.copy(cells[codes[row]!] ?? noBytes);
    }
  }
}

/** Writes vectors as `[0.5,2]`. */
function floatsWriter(out: RowBytes, { offsets, items }: ListColumn): CellWriter {
  return (row) => {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    out.reserve((end - start) * (numberBytes + 1) + 4);
    const { bytes } = out;
    let at = out.at;
    const isQuoted = end - start > 1;
    if (isQuoted) bytes[at++] = QUOTE;
    bytes[at++] = OPEN;
    for (let i = start; i < end; i++) {
      if (i > start) bytes[at++] = COMMA;
      at = writeFloat32(bytes, at, items[i]!);
    }
    bytes[at++] = CLOSE;
    if (isQuoted) bytes[at++] = QUOTE;
    out.at = at;
  };
}

function textWriter(out: RowBytes, { offsets, bytes }: TextColumn, isSafe: boolean): CellWriter {
  return (row) => {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    if (isSafe || end === start || !formulaStarts.includes(bytes[start]!)) out.text(bytes, start, end);
    else out.text(Buffer.concat([apostrophe, bytes.subarray(start, end)]));
  };
}

const apostrophe = Buffer.from("'");

/** First bytes of texts that a spreadsheet would run. */
const formulaStarts = [...Buffer.from('=+-@\t\r')];

/** Returns a text as a cell. */
function textCell(text: string, isSafe: boolean): Uint8Array {
  return cellOf(isSafe || !formulaStarts.includes(text.charCodeAt(0)) ? text : `'${text}`);
}

function cellOf(text: string): Buffer {
  const source = Buffer.from(text, 'utf8');
  const out = new RowBytes(0);
  out.text(source);
  return Buffer.from(out.bytes.subarray(0, out.at));
}
