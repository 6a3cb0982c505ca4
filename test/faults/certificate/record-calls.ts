import { appendFileSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { patchCalls } from '../storage/patch-calls.js';
import type { Event } from './trace.js';

/**
 * Preloaded into every process (`--import`): appends each change below TRACE_ROOT to TRACE_FILE, data as
 * base64.
 */
const { TRACE_ROOT: root = '', TRACE_FILE: file = '' } = process.env;
const append = appendFileSync;
const stat = lstatSync;
const list = readdirSync;
const now = () => Number(process.hrtime.bigint());

/** How far each open file has been written, by path: writes go to the end. */
const ends = new Map<string, number>();

type Change = Event extends infer E ? (E extends Event ? Omit<E, 'begun' | 'ended'> : never) : never;

const harmless = /^(access|close|fstat|lstat|read|readdir|readFile|readlink|realpath|stat|statfs|utimes)$/;

/** Calls that were made and are not recorded yet. A program that kills itself makes no more, and waits for them. */
let unfinished = 0;
let isEnding = false;
const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid !== process.pid || signal !== 'SIGKILL' || unfinished === 0) return kill(pid, signal);
  isEnding = true;
  return true;
};

await patchCalls(
  (path) => path === root || path.startsWith(`${root}/`),
  ({ name, path, to, args }, make) => {
    if (harmless.test(name)) return make();
    if (isEnding) return new Promise(() => {});
    const begun = now();
    const changes = changesOf(name, path, to, args);
    const done = (result: unknown): unknown => {
      const ended = now();
      for (const change of changes(result)) append(file, `${JSON.stringify({ ...change, begun, ended })}\n`);
      return result;
    };
    const result = make();
    if (!(result instanceof Promise)) return done(result);
    unfinished++;
    return result.then(done).finally(() => {
      unfinished--;
      if (isEnding && unfinished === 0) kill(process.pid, 'SIGKILL');
    });
  },
);

/** Returns a function from a call's result to its changes; reads the disk before the call is made. */
function changesOf(
  name: string,
  path: string,
  to: string | null,
  args: readonly unknown[],
): (result: unknown) => Change[] {
  const isThere = existsSync(path);
  if (name === 'open') {
    const flags = args[1] ?? 'r';
    if (typeof flags === 'number' || flags === 'r') return () => [];
    if (!String(flags).startsWith('w')) throw new Error(`the recorder does not know the flags ${flags}`);
    return () => begin(path, isThere);
  }
  if (name === 'mkdir') return () => (isThere ? [] : [{ op: 'mkdir', path }]);
  if (/^(rm|unlink|rmdir)$/.test(name)) {
    const removed = isThere ? removals(path) : [];
    return () => removed;
  }
  if (name === 'rename' && to !== null) return () => [{ op: 'rename', path, to }];
  if (/^(sync|datasync|fsync)$/.test(name)) return () => [{ op: 'sync', path }];
  if (name === 'writeFile' && args[0] === path)
    return () => [...begin(path, isThere), write(path, bytesOf(args[1]))];
  if (name === 'writeFile') return () => [write(path, bytesOf(args[0]))];
  if (name === 'write') {
    const [bytes, offset = 0] = args as [Uint8Array, number?];
    return (result) => {
      const { bytesWritten } = result as { bytesWritten: number };
      return [write(path, Buffer.from(bytes.buffer, bytes.byteOffset + offset, bytesWritten))];
    };
  }
  throw new Error(`the recorder does not know ${name} yet`);
}

function begin(path: string, isThere: boolean): Change[] {
  ends.set(path, 0);
  return [{ op: isThere ? 'truncate' : 'create', path }];
}

function write(path: string, bytes: Buffer): Change {
  const at = ends.get(path) ?? 0;
  ends.set(path, at + bytes.length);
  return { op: 'write', path, at, data: bytes.toString('base64') };
}

function bytesOf(data: unknown): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as Uint8Array);
}

/** Returns the removals of a folder's files one by one, the deepest first, as `rm` makes them. */
function removals(path: string): Change[] {
  if (!stat(path).isDirectory()) return [{ op: 'unlink', path }];
  return [...list(path).flatMap((name) => removals(join(path, name))), { op: 'rmdir', path }];
}
