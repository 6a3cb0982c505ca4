import { tableFromArrays, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import type { FormatName } from '../../src/formats/format.js';
import type { Workdir } from '../workdir.js';
import { query } from './query.js';
import type { Table } from './spoiled-flights.js';

/** Writes a table of texts as `<name>.<format>` by other writers: by hand, DuckDB, apache-arrow. */
export async function writeTable(
  dir: Workdir,
  format: FormatName,
  name: string,
  { names, rows }: Table,
): Promise<string> {
  const cell = (text: string | null) => {
    if (text === null) return '';
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csv = [names, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
  if (format === 'csv') return dir.write(`${name}.csv`, csv);
  if (format === 'jsonl') {
    const lines = rows.map((row) =>
      JSON.stringify(Object.fromEntries(names.map((each, at) => [each, row[at]]))),
    );
    return dir.write(`${name}.jsonl`, `${lines.join('\n')}\n`);
  }
  if (format === 'arrow') {
    const vectors = names.map((each, at) => [
      each,
      vectorFromArray(
        rows.map((row) => row[at]!),
        new Utf8(),
      ),
    ]);
    return dir.write(`${name}.arrow`, tableToIPC(tableFromArrays(Object.fromEntries(vectors)), 'file'));
  }
  const source = dir.write(`${name}.parquet.txt`.replace(/^input\//, 'sources/'), csv);
  const target = dir.write(`${name}.parquet`, '');
  const columns = names.map((each) => `'${each}': 'VARCHAR'`).join(', ');
  await query(
    `copy (select * from read_csv('${source}', header = true, auto_detect = false, delim = ',', quote = '"', nullstr = '', columns = {${columns}}))
     to '${target}' (format parquet, row_group_size 2048)`,
  );
  return target;
}
