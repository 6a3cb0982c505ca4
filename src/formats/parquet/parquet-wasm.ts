import { createRequire } from 'node:module';

export type ParquetWasm = typeof import('parquet-wasm/node');

const require = createRequire(import.meta.url);
let loaded: ParquetWasm | null = null;

/** Returns this thread's one instance of parquet-wasm; the first call takes about 60 ms to load it. */
export function parquetWasm(): ParquetWasm {
  loaded ??= require('parquet-wasm/node') as ParquetWasm;
  return loaded;
}

/**
 * Drops the instance, so that the next call creates a new one: after a trap, which may leave it broken, and
 * when its memory, which never shrinks, has grown too large.
 */
export function dropParquetWasm(): void {
  loaded = null;
  delete require.cache[require.resolve('parquet-wasm/node')];
}

/** Returns true if an error is a WebAssembly trap (a Rust panic): then the instance must be dropped. */
export function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

/** Returns the memory of the loaded instance; a view of it is valid until it grows. */
export function wasmBuffer(): ArrayBuffer {
  return (parquetWasm().wasmMemory() as { readonly buffer: ArrayBuffer }).buffer;
}

/** Drops an instance whose memory has grown over 256 MiB; nothing of it may be in use. */
export function trimParquetWasm(): void {
  if (loaded !== null && wasmBuffer().byteLength > 256 * 1024 * 1024) dropParquetWasm();
}
