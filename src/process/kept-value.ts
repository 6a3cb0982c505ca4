import { cpus, hostname } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import { cacheName, readCached, writeCached } from './cache-folder.js';
import { programIdentity } from './kept-code.js';

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
  const all = [identity, version, arch, platform, hostname(), cpus()[0]?.model ?? '', parts];
  const name = cacheName(kind, all);
  const kept = readCached(name);
  if (kept !== null) return deserialize(kept) as T;
  const value = await make();
  if (isWorthIt(value)) writeCached(name, serialize(value));
  return value;
}
