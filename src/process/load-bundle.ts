import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { cacheName, readCached, writeCached } from './cache-folder.js';

/** Arguments of a bundle's script, and its exports. */
type Bundle = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  address: string,
  requireAtRun: NodeJS.Require,
  // A script with cached code cannot import by itself.
  importAtRun: (url: string) => Promise<unknown>,
) => void;

interface Loaded {
  readonly exports: object;
  /**
   * Caches the compiled code for later processes, unless it was cached. Call it after the usual functions
   * have run: only their code is cached.
   */
  keepCode(): void;
}

/**
 * Flags are part of the key of compiled code: flags that some runs set later are set at the start of all. V8
 * optimizes a function after ten times as much work as by default, because kernels are WebAssembly and a
 * short run would compile more than it gains; and it collects a young generation of 1 MiB in one thread,
 * because waking others costs more than it saves. Chosen by single trials with 150 small files: about 10 and
 * 5 % less processor time (bench/RESULTS.md). It optimizes one function of WebAssembly at a time: three of
 * parquet-wasm take 17 to 28 MB each while they are optimized, which the C heap of a worker then keeps; and
 * only after eight times as much work as by default, a few milliseconds: reading two columns of texts spent a
 * third of its processor time on optimizing parquet-wasm. It keeps the code of functions that have not run
 * for a while: a run of seconds would otherwise cache only what it ran last, and every later run would
 * compile its start again, a third of its processor time. And it lets the heap and the buffers triple before
 * it marks everything: a heap of 13 MiB, whose messages come and go, was marked every 200 ms.
 */
const engineFlags = [
  '--semi-space-growth-factor=1',
  '--expose-gc',
  '--interrupt-budget=600000',
  '--no-parallel-scavenge',
  '--wasm-num-compilation-tasks=1',
  '--wasm-tiering-budget=14400000',
  '--no-flush-bytecode',
  '--heap-growing-percent=200',
];

/**
 * Modules of Node that a run needs beside those that are loaded already. Node has their compiled code, which
 * V8 accepts only until a flag is set: after that it compiles them, and what they load, from their text.
 */
const usualModules = [
  'node:fs/promises',
  'node:perf_hooks',
  'node:process',
  'node:timers/promises',
  'node:worker_threads',
  'node:zlib',
];

/**
 * Runs a script of `bundle.mjs`, with code that an earlier process compiled if the cache has it: compiling
 * takes a third of the processor time of a short run. `sha256` is the script's own; code is cached separately
 * for each `use`, because each runs different functions. `isOurs` is false in a user's own process, whose
 * settings stay unchanged.
 */
export function loadBundle(file: URL, sha256: string, use: string, isOurs = true): Loaded {
  const path = fileURLToPath(file);
  const require = createRequire(path);
  if (isOurs) {
    for (const name of usualModules) require(name);
    for (const flag of engineFlags) setFlagsFromString(flag);
  }
  const text = readFileSync(path, 'latin1');
  const name = codeName(path, sha256, use);
  const cachedData = readCached(name) ?? undefined;
  const script = new Script(text, {
    filename: file.href,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  let isKept = cachedData !== undefined && script.cachedDataRejected === false;
  const module = { exports: {} };
  (script.runInThisContext() as Bundle)(
    module.exports,
    require,
    module,
    file.href,
    require,
    (url) => import(url),
  );
  return {
    exports: module.exports,
    keepCode() {
      if (isKept) return;
      isKept = true;
      writeCached(name, script.createCachedData());
    },
  };
}

/** Names all that a script's compiled code depends on; V8 itself rejects other versions or flags. */
function codeName(path: string, sha256: string, use: string): string {
  const { size, mtimeMs } = statSync(path);
  return cacheName('code', [
    sha256,
    use,
    path,
    size,
    mtimeMs,
    process.version,
    process.arch,
    process.execPath,
    process.execArgv,
    process.env['NODE_OPTIONS'] ?? '',
  ]);
}
