import { sep } from 'node:path';

/** A value that the name of a folder holds, as Hive writes it (`region=EU`); null where it is missing. */
export interface FolderColumn {
  readonly name: string;
  readonly text: string | null;
}

/** What Hive and Spark write for a missing value. */
const missing = '__HIVE_DEFAULT_PARTITION__';

/** Returns the values that stand in the names of a file's folders, percent escapes decoded; of two folders of one name the inner one counts. */
export function folderColumns(path: string): readonly FolderColumn[] {
  const found = new Map<string, FolderColumn>();
  for (const folder of path.split(sep).slice(0, -1)) {
    const at = folder.indexOf('=');
    if (at < 1) continue;
    const name = decoded(folder.slice(0, at));
    const text = decoded(folder.slice(at + 1));
    found.set(name, { name, text: text === missing || text === '' ? null : text });
  }
  return [...found.values()];
}

/** A percent sign that escapes nothing is one. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
