import type { Format } from '../format.js';
import { openDecoder } from './decode.js';
import { jsonlAssembler, jsonlEncoder } from './encode.js';
import { openSource } from './open-source.js';

/** JSON Lines: one object per line, one column per key, typed by its values; null and absent are missing. */
export const jsonl = {
  name: 'jsonl',
  writes: 'values',
  open: openSource,
  decoder: openDecoder,
  async encoder(fields) {
    return jsonlEncoder(fields);
  },
  async assembler(_fields, sink) {
    return jsonlAssembler(sink);
  },
} satisfies Format;
