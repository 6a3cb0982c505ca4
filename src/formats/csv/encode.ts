import type { OutputBatch, OutputField } from '../../chunk/batch.js';
import type { Column, StringListColumn, TextColumn } from '../../chunk/column.js';
import { shortestFloat32 } from '../../chunk/shortest-float.js';
import { isPresent } from '../../chunk/validity.js';
import type { Encoder } from '../format.js';
import { encodeTexts } from './encode-texts.js';

/** How to write CSV; the default is RFC 4180 with every cell unchanged. */
export interface CsvWriting {
  /** `neutralise` puts an apostrophe before text that a spreadsheet would run as a formula. */
  readonly formulas: 'keep' | 'neutralise';
  readonly header: boolean;
}

export const plainWriting: CsvWriting = { formulas: 'keep', header: true };

/**
 * Writes batches as RFC 4180: comma, CRLF, quotes only if needed, UTF-8. A missing value is nothing between two commas, an empty string is
 * `""`; floats are the shortest text that reads back as the same value of their width; timestamps are ISO 8601 in UTC.
 */
export function csvEncoder(fields: readonly OutputField[], writing: CsvWriting = plainWriting): Encoder {
  const alone = fields.length === 1;
  return {
    async encode({ rows, columns }: OutputBatch) {
      if (writing.formulas === 'keep' && columns.length > 0 && columns.every(isText))
        return encodeTexts(columns, rows);
      const writers = columns.map((column) => cellWriter(column, writing));
      let text = '';
      const pieces: Buffer[] = [];
      for (let row = 0; row < rows; row++) {
        let line = writers.length > 0 ? writers[0]!(row) : '';
        if (alone && line === '') line = '""';
        for (let i = 1; i < writers.length; i++) line += `,${writers[i]!(row)}`;
        text += `${line}\r\n`;
        if (text.length > 1 << 16) {
          pieces.push(Buffer.from(text, 'utf8'));
          text = '';
        }
      }
      pieces.push(Buffer.from(text, 'utf8'));
      return Buffer.concat(pieces);
    },
  };
}

function isText(column: Column | StringListColumn): column is TextColumn {
  return column.type === 'string' && column.layout === 'text';
}

/** Returns the header line of a file with these fields. */
export function headerLine(fields: readonly OutputField[]): string {
  const names = fields.map(({ name }) => quoted(name)).join(',');
  return `${names === '' ? '""' : names}\r\n`;
}

/** Formats a text as a cell: quoted if it contains a delimiter, a quote, a line end, or a blank at an edge. */
export function quoted(text: string): string {
  if (text === '') return '""';
  if (!/[",\r\n]|^[ \t\ufeff]|[ \t]$/.test(text)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

type CellWriter = (row: number) => string;

function cellWriter(column: Column | StringListColumn, writing: CsvWriting): CellWriter {
  const write = valueWriter(column, writing);
  const { validity } = column;
  return validity === null ? write : (row) => (isPresent(validity, row) ? write(row) : '');
}

function valueWriter(column: Column | StringListColumn, { formulas }: CsvWriting): CellWriter {
  const textCell =
    formulas === 'keep'
      ? quoted
      : (text: string): string => quoted(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  switch (column.type) {
    case 'int32':
    case 'int64': {
      const { values } = column;
      return (row) => String(values[row]!);
    }
    case 'float64': {
      const { values } = column;
      return (row) => floatText(values[row]!);
    }
    case 'float32': {
      const { values } = column;
      return (row) => float32Text(values[row]!);
    }
    case 'boolean': {
      const { values } = column;
      return (row) => (values[row] === 1 ? 'true' : 'false');
    }
    case 'date': {
      const { values } = column;
      return (row) => dateText(values[row]!);
    }
    case 'timestamp': {
      const { values } = column;
      return (row) => timestampText(values[row]!);
    }
    case 'list<float32>': {
      const { offsets, items } = column;
      return (row) =>
        quoted(`[${Array.from(items.subarray(offsets[row]!, offsets[row + 1]!), float32Text).join(',')}]`);
    }
    case 'list<string>': {
      const { offsets, codes, dictionary } = column;
      return (row) => {
        let text = '';
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++)
          text += `${i > offsets[row]! ? ';' : ''}${dictionary[codes[i]!]}`;
        return text === '' ? '' : textCell(text);
      };
    }
    case 'string': {
      if (column.layout === 'dictionary') {
        const cells = column.dictionary.map(textCell);
        const { codes } = column;
        return (row) => cells[codes[row]!] ?? '';
      }
      const { offsets, bytes } = column;
      const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return (row) => textCell(source.toString('utf8', offsets[row]!, offsets[row + 1]!));
    }
  }
}

/** Returns the shortest text that reads back as this double; nothing for NaN. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return '';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Returns the shortest text that reads back as this 32-bit float, which needs at most 9 digits. */
export function float32Text(value: number): string {
  return floatText(shortestFloat32(value));
}

/** Formats days since 1970-01-01 as an ISO date. */
export function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().split('T')[0]!;
}

/** Formats microseconds since 1970-01-01T00:00:00Z as an ISO instant, with as many decimals as needed. */
export function timestampText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - fraction) / 1000n));
  if (Number.isNaN(date.getTime())) return String(micros);
  const decimals = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.toISOString().slice(0, -5)}${decimals}Z`;
}
