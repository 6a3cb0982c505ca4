import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidError } from '../errors.js';

/** Table formats with a log of the files that belong to them; other files were removed or are unfinished. */
const logs: readonly {
  readonly format: string;
  readonly folder: string;
  /** Identifies the folder as the table's log; null: its name is enough. */
  readonly holds: RegExp | null;
  readonly reader: string;
}[] = [
  {
    format: 'a Delta Lake',
    folder: '_delta_log',
    holds: null,
    reader: 'deltalake’s DeltaTable(path).file_uris()',
  },
  { format: 'a Hudi', folder: '.hoodie', holds: null, reader: 'Spark' },
  {
    format: 'an Iceberg',
    folder: 'metadata',
    holds: /\.metadata\.json$/,
    reader: 'PyIceberg’s plan_files()',
  },
];

/**
 * Throws `InvalidError` if `folder`, with the entries `names`, is a table that only its log describes,
 * because it also holds removed files.
 */
export async function refuseTable(folder: string, names: readonly string[]): Promise<void> {
  for (const { format, folder: log, holds, reader } of logs) {
    if (!names.includes(log)) continue;
    if (holds !== null && !(await entries(join(folder, log))).some((name) => holds.test(name))) continue;
    throw tableError(folder, { format, folder: log, reader });
  }
}

/** Throws the same error if `name`, the path of a file below `folder`, belongs to a table's log. */
export function refuseTableNamed(folder: string, name: string): void {
  const names = name.split('/');
  for (const log of logs) {
    const at = names.indexOf(log.folder);
    if (at < 0 || at === names.length - 1 || (log.holds !== null && !log.holds.test(name))) continue;
    throw tableError(folder + names.slice(0, at).join('/'), log);
  }
}

function tableError(
  folder: string,
  { format, folder: log, reader }: Pick<(typeof logs)[number], 'format' | 'folder' | 'reader'>,
) {
  return new InvalidError(
    'table-format',
    `input "${folder}" is ${format} table: its folder contains files that are no longer part of it, and nightshift does not read its log ("${log}")`,
    {
      file: folder,
      hint: `list the table's live files under "input.path" (${reader} names them), or export the table to Parquet`,
    },
  );
}

/** Checks the parent folders too: a partition's folder belongs to its table. */
export async function refuseTableAbove(folder: string): Promise<void> {
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at))
    await refuseTable(at, await entries(at));
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
