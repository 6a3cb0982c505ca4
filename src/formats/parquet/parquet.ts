import type { Format } from '../format.js';

/**
 * Parquet: reads pages through parquet-wasm, one column at a time; joins workers' row groups. What only one
 * process of a run needs is loaded there.
 */
export const parquet = {
  name: 'parquet',
  writes: 'values',
  open: async (path) => (await import('./parquet-source.js')).openParquet(path),
  decoder: async (source, plan) => (await import('./parquet-decoder.js')).parquetDecoder(source, plan),
  encoder: async (fields) => (await import('./parquet-encoder.js')).parquetEncoder(fields),
  assembler: async (fields, sink) => (await import('./parquet-assembler.js')).parquetAssembler(fields, sink),
} satisfies Format;
