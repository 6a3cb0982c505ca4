import type { Format, FormatName } from './format.js';

/** Every format, loaded on its first use, so that reading CSV never loads Arrow. A new format is one folder and one line here. */
export const formats: Readonly<Record<FormatName, () => Promise<Format>>> = {
  csv: async () => (await import('./csv/csv.js')).csv,
  parquet: async () => (await import('./parquet/parquet.js')).parquet,
  arrow: async () => (await import('./arrow/arrow.js')).arrow,
};
