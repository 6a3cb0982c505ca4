import type { Format } from '../format.js';
import { csvAssembler } from './assemble.js';
import { openDecoder } from './decode.js';
import { csvEncoder, plainWriting } from './encode.js';

/**
 * CSV: reads any dialect, writes RFC 4180, and accounts for every line in the chunks' problems and the
 * source's `skipped`. What only one process of a run needs is loaded there.
 */
export const csv = {
  name: 'csv',
  writes: 'texts',
  open: async (...file) => (await import('./open-source.js')).openSource(...file),
  decoder: openDecoder,
  encoder: async (fields, options) => csvEncoder(fields, { ...plainWriting, ...options?.csv }),
  assembler: async (fields, sink, options) =>
    csvAssembler(fields, sink, { ...plainWriting, ...options?.csv }),
  inspect: async (...file) => (await import('./inspect.js')).inspectCsv(...file),
} satisfies Format;
