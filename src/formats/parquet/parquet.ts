import type { Format } from '../format.js';
import { parquetAssembler } from './parquet-assembler.js';
import { parquetDecoder } from './parquet-decoder.js';
import { parquetEncoder } from './parquet-encoder.js';
import { openParquet } from './parquet-source.js';

/** Parquet: reads pages through parquet-wasm, one column at a time; joins workers' row groups. */
export const parquet = {
  name: 'parquet',
  writes: 'values',
  open: openParquet,
  decoder: parquetDecoder,
  encoder: parquetEncoder,
  assembler: parquetAssembler,
} satisfies Format;
