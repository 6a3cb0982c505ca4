import type { Format, FormatName, ReadOptions, Source } from './format.js';

/** Every format, loaded on first use: reading CSV never loads Arrow. A format is a folder and a line here. */
export const formats: Readonly<Record<FormatName, () => Promise<Format>>> = {
  csv: async () => (await import('./csv/csv.js')).csv,
  jsonl: async () => (await import('./jsonl/jsonl.js')).jsonl,
  parquet: async () => (await import('./parquet/parquet.js')).parquet,
  arrow: async () => (await import('./arrow/arrow.js')).arrow,
};

/** Opens rows in memory that are lines of JSON, as if they were a file called `name`. */
export async function openRows(name: string, lines: Buffer, options: ReadOptions): Promise<Source> {
  return (await import('./jsonl/open-source.js')).openRows(name, lines, options);
}

/** The format of the tables that a run keeps for itself. */
export const ownFormat = 'parquet' satisfies FormatName;

/** Returns the format that a file's extension names; null if it names none. */
export function formatOfExtension(extension: string): FormatName | null {
  return extensions[extension.toLowerCase()] ?? null;
}

const extensions: Readonly<Record<string, FormatName>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
};
