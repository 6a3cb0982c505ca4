import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The content of a disk below one folder: its folders, parents first, and its files with their content, by path. */
export interface Disk {
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Reads all files and folders below `root`. */
export function readDisk(root: string): Disk {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const isFolder = (name: string) => statSync(join(root, name)).isDirectory();
  const files = names.filter((name) => !isFolder(name));
  return {
    folders: names.filter(isFolder),
    files: new Map(files.map((name) => [name, readFileSync(join(root, name))])),
  };
}

/** Makes the content of the folder `root` equal to `disk`. */
export function writeDisk(root: string, { folders, files }: Disk): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const name of folders) mkdirSync(join(root, name));
  for (const [name, content] of files) writeFileSync(join(root, name), content);
}

/** A text that differs where two disks differ. */
export function digestOf({ folders, files }: Disk): string {
  const hash = createHash('sha256').update(folders.join('\n'));
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`\n${path} ${content.length}\n`).update(content);
  return hash.digest('hex');
}
