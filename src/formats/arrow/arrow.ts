import type { Format } from '../format.js';
import { batchMessage } from '../ipc/write-messages.js';
import { arrowAssembler } from './arrow-assembler.js';
import { arrowDecoder } from './arrow-decoder.js';
import { openArrow } from './arrow-source.js';

/** Arrow IPC: reads the file and the stream format (distinguished by the magic), writes the file format. */
export const arrow = {
  name: 'arrow',
  writes: 'values',
  open: openArrow,
  decoder: arrowDecoder,
  async encoder() {
    return { encode: async (batch) => batchMessage(batch) };
  },
  async assembler(fields, sink) {
    return arrowAssembler(fields, sink);
  },
} satisfies Format;
