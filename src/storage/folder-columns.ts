import { sep } from 'node:path';

/** A value from the name of a folder, in Hive's form (`region=EU`); null if missing. */
export interface FolderColumn {
  readonly name: string;
  readonly text: string | null;
}

/** The name that Hive and Spark write for a missing value. */
const missing = '__HIVE_DEFAULT_PARTITION__';

/**
 * Returns the values in the names of a file's folders, percent-decoded; an inner folder wins over an outer
 * one.
 */
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

/** Decodes percent escapes; a percent sign that escapes nothing stays. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
