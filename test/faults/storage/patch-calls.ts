import fs, { type PathLike } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** A call to the file system before it is made. `path` is its subject; of an open file, the file's. */
export interface Call {
  readonly name: string;
  readonly path: string;
  /** The other path of a rename or a link. */
  readonly to: string | null;
  readonly isSync: boolean;
  readonly args: readonly unknown[];
}

/** Replaces a call: makes it (`make`), or does something else. */
type Interceptor = (call: Call, make: (args?: readonly unknown[]) => unknown) => unknown;

type Fn = (this: unknown, ...args: unknown[]) => unknown;

const ofPaths = [
  'access appendFile link lstat mkdir open readdir readFile readlink realpath rename rm rmdir stat statfs truncate unlink utimes writeFile',
  'copyFile cp',
]
  .join(' ')
  .split(' ');
const ofHandles = 'datasync read readFile stat sync truncate write writeFile writev'.split(' ');
const ofDescriptors = 'closeSync fstatSync readSync writeSync fsyncSync'.split(' ');

/**
 * Leads every call on a path that `concerns` through `intercept`: promises, open files, synchronous calls.
 */
export async function patchCalls(concerns: (path: string) => boolean, intercept: Interceptor): Promise<void> {
  const paths = new Map<number, string>();
  const textOf = (path: unknown): string => (path instanceof URL ? path.pathname : String(path as PathLike));
  const lead = (
    name: string,
    path: string,
    self: unknown,
    original: Fn,
    args: readonly unknown[],
  ): unknown => {
    if (!concerns(path)) return original.apply(self, [...args]);
    const to = name === 'rename' || name === 'link' ? textOf(args[1]) : null;
    const isSync = original.name.endsWith('Sync');
    return intercept({ name, path, to, isSync, args }, (changed = args) =>
      original.apply(self, [...changed]),
    );
  };
  const note = (path: string, opened: unknown): unknown => {
    if (typeof opened === 'number') paths.set(opened, path);
    return opened;
  };
  const promises = fs.promises as unknown as Record<string, Fn>;
  for (const name of ofPaths) {
    const original = promises[name]!;
    promises[name] = async (...args) => {
      const path = textOf(args[0]);
      const result = await lead(name, path, promises, original, args);
      if (name === 'open') note(path, (result as FileHandle).fd);
      return result;
    };
    const sync = (fs as unknown as Record<string, Fn>)[`${name}Sync`];
    if (sync === undefined) continue;
    (fs as unknown as Record<string, Fn>)[`${name}Sync`] = (...args) => {
      const path = textOf(args[0]);
      const result = lead(name, path, fs, sync, args);
      return name === 'open' ? note(path, result) : result;
    };
  }
  // With callbacks, which are given the error of a call that fails.
  for (const name of ['open', 'stat', 'lstat', 'read', 'fstat']) {
    const original = (fs as unknown as Record<string, Fn>)[name]!;
    (fs as unknown as Record<string, Fn>)[name] = (...args) => {
      const callback = args.at(-1) as Fn;
      const path = typeof args[0] === 'number' ? (paths.get(args[0]) ?? '') : textOf(args[0]);
      const done: Fn = (error, result, ...more) => {
        if (name === 'open') note(path, result);
        callback(error, result, ...more);
      };
      try {
        lead(name, path, fs, original, [...args.slice(0, -1), done]);
      } catch (error) {
        process.nextTick(callback, error);
      }
    };
  }
  const handle = await open('/dev/null');
  const methods = Object.getPrototypeOf(handle) as Record<string, Fn>;
  await handle.close();
  for (const name of ofHandles) {
    const original = methods[name]!;
    methods[name] = async function (...args) {
      const path = paths.get((this as FileHandle).fd) ?? '';
      return lead(name, path, this, original, args);
    };
  }
  for (const name of ofDescriptors) {
    const original = (fs as unknown as Record<string, Fn>)[name]!;
    (fs as unknown as Record<string, Fn>)[name] = (...args) => {
      const path = paths.get(args[0] as number) ?? '';
      return lead(name.replace(/Sync$/, ''), path, fs, original, args);
    };
  }
  syncBuiltinESMExports();
}
