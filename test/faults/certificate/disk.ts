import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The content of a disk below one folder: its folders, parents first, and its files by path. */
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

/** Makes the content of the folder `root` equal to `disk`, last modified so many seconds ago. */
export function writeDisk(root: string, { folders, files }: Disk, ageSeconds = 0): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const name of folders) mkdirSync(join(root, name));
  for (const [name, content] of files) writeFileSync(join(root, name), content);
  if (ageSeconds === 0) return;
  const then = Date.now() / 1000 - ageSeconds;
  for (const name of [...files.keys(), ...folders]) utimesSync(join(root, name), then, then);
}

const digests = new WeakMap<Buffer, string>();

/** The hash of a file's content; disks share the buffers of files that are equal in them. */
function digestOfContent(content: Buffer): string {
  const digest = digests.get(content) ?? createHash('sha256').update(content).digest('base64');
  digests.set(content, digest);
  return digest;
}

/** A text that differs where two disks differ. */
export function digestOf({ folders, files }: Disk): string {
  const names = [...files.keys()].sort();
  return [...folders, '', ...names.map((name) => `${name} ${digestOfContent(files.get(name)!)}`)].join('\n');
}
