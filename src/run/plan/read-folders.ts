import type { ConstantColumn, ReadColumn } from '../../chunk/read-plan.js';
import { InvalidError } from '../../errors.js';
import type { SourceColumn } from '../../formats/format.js';
import { parseCell } from '../../formats/text/parse-cell.js';
import { loadDateLibrary } from '../../formats/text/zoned-time.js';
import { foldName } from '../../repair/column-names.js';
import { type FolderColumn, folderColumns } from '../../storage/folder-columns.js';
import type { InputFile } from '../../storage/list-inputs.js';

/** Returns additional columns from the names of a file's folders; the file's own columns win. */
export function foldersBeside(
  file: InputFile,
  own: readonly { readonly name: string }[],
): readonly FolderColumn[] {
  const folders = folderColumns(file.path);
  if (folders.length === 0) return [];
  const names = new Set(own.map(({ name }) => foldName(name)));
  return folders.filter(({ name }) => !names.has(foldName(name)));
}

/** Returns them as columns of the source, of unknown type. */
export function folderSources(folders: readonly FolderColumn[]): readonly SourceColumn[] {
  return folders.map(({ name }) => ({ name, type: null, native: 'folder name', readable: true }));
}

/** Converts a folder's value to a column of `column`'s type. Throws `InvalidError` naming the folder. */
export async function readFolder(
  file: InputFile,
  { name, text }: FolderColumn,
  column: ReadColumn,
): Promise<ConstantColumn> {
  await loadDateLibrary([column]);
  const { value, code } = text === null ? { value: null, code: null } : parseCell(text, column);
  if (value === null && code !== null) {
    throw new InvalidError(
      'unreadable-folder',
      `${file.name}: the folder "${name}=${text}" must be readable as ${column.type} (${code})`,
      {
        file: file.path,
        column: column.name,
        hint: 'rename the folder, or correct "type" or "layouts" of the column',
      },
    );
  }
  const stored = typeof value === 'boolean' ? Number(value) : value;
  return { name: column.name, type: column.type, value: stored, categories: column.categories };
}

/** Returns notes about columns that occur both in a file and in its folders' names. */
export function folderNotes(
  file: InputFile,
  own: readonly SourceColumn[],
  contract: readonly { readonly source: string }[],
): readonly string[] {
  const folders = folderColumns(file.path);
  if (folders.length === 0) return [];
  const names = new Set(own.map(({ name }) => foldName(name)));
  const wanted = new Set(contract.map(({ source }) => foldName(source)));
  return folders
    .filter(({ name }) => names.has(foldName(name)) && wanted.has(foldName(name)))
    .map(
      ({ name, text }) =>
        `column "${name}" is read from the file, not from its folder "${name}=${text ?? ''}"`,
    );
}
