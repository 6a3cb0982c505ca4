import type { Format } from '../format.js';
import { csvAssembler } from './assemble.js';
import { openDecoder } from './decode.js';
import { csvEncoder, plainWriting } from './encode.js';
import { inspectCsv } from './inspect.js';
import { openSource } from './open-source.js';

/**
 * CSV: reads any dialect, writes RFC 4180, and accounts for every line in the chunks' problems and the
 * source's `skipped`.
 */
export const csv = {
  name: 'csv',
  writes: 'texts',
  open: openSource,
  decoder: openDecoder,
  encoder: async (fields, options) => csvEncoder(fields, { ...plainWriting, ...options?.csv }),
  assembler: async (fields, sink, options) =>
    csvAssembler(fields, sink, { ...plainWriting, ...options?.csv }),
  inspect: inspectCsv,
} satisfies Format;
