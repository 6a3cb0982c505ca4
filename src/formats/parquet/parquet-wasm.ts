import { createRequire } from 'node:module';

export type ParquetWasm = typeof import('parquet-wasm/node');

const require = createRequire(import.meta.url);
let loaded: ParquetWasm | null = null;

/** The one instance of parquet-wasm in this thread, for reading and writing; loading it costs about 60 ms, the first call only. */
export function parquetWasm(): ParquetWasm {
  loaded ??= require('parquet-wasm/node') as ParquetWasm;
  return loaded;
}

/**
 * Lets go of the instance, so that the next call makes a new one: after a trap, which may leave it broken, and when its memory, which never
 * shrinks, has grown too large.
 */
export function dropParquetWasm(): void {
  loaded = null;
  delete require.cache[require.resolve('parquet-wasm/node')];
}

/** Whether an error is a trap of the WebAssembly module (a Rust panic, memory that could not be had): then the instance must be dropped. */
export function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

/** The memory of the loaded instance; a view of it holds until it grows. */
export function wasmBuffer(): ArrayBuffer {
  return (parquetWasm().wasmMemory() as { readonly buffer: ArrayBuffer }).buffer;
}

/** Drops an instance whose memory has grown over 256 MiB; nothing of it may be in use. */
export function trimParquetWasm(): void {
  if (loaded !== null && wasmBuffer().byteLength > 256 * 1024 * 1024) dropParquetWasm();
}
