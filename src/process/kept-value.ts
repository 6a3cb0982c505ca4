import { cpus, hostname } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import { cacheName, readCached, writeCached } from './cache-folder.js';
import { programIdentity } from './kept-code.js';

/** Model of this machine's processor, which takes a millisecond to find. */
let processor: string | undefined;

/**
 * Returns the result of `make`, or what it returned in an earlier process of the same program, on the same
 * machine, for the same `parts`, which must name everything that it depends on. Caches only values for which
 * `isWorthIt` returns true, which must be plain data.
 */
export async function keptValue<T>(
  kind: string,
  parts: readonly unknown[],
  make: () => Promise<T>,
  isWorthIt: (value: T) => boolean = () => true,
): Promise<T> {
  const identity = programIdentity();
  if (identity === null) return make();
  const { version, arch, platform } = process;
  processor ??= cpus()[0]?.model ?? '';
  const name = cacheName(kind, [identity, version, arch, platform, hostname(), processor, parts]);
  const kept = readCached(name);
  if (kept !== null) return deserialize(kept) as T;
  const value = await make();
  if (isWorthIt(value)) writeCached(name, serialize(value));
  return value;
}
