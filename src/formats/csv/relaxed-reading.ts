import { createRequire } from 'node:module';
import type { ReadingRules } from './reading-rules.js';

type Parse = typeof import('csv-parse/sync').parse;

let parse: Parse | null = null;

/**
 * Returns a row's cells as csv-parse reads them with relaxed quotes: a quoted cell whose closing quote is not
 * followed by a delimiter is plain text after all. Null if it finds no reading, or more than one row. Loaded
 * on first use, because hardly any row gets this far.
 */
export function relaxedCells(
  text: string,
  { delimiter, quote, escape: mark }: ReadingRules,
): string[] | null {
  parse ??= (createRequire(import.meta.url)('csv-parse/sync') as { parse: Parse }).parse;
  try {
    const rows: string[][] = parse(text, {
      delimiter,
      quote,
      escape: mark,
      relax_quotes: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    });
    return rows.length === 1 ? rows[0]! : null;
  } catch {
    return null;
  }
}
