import type { OutputField } from '../../chunk/batch.js';
import type { Assembler, Sink } from '../format.js';
import { type CsvWriting, headerLine, plainWriting } from './encode.js';

/** Writes encoded rows after one header line; without rows the file is that line. */
export function csvAssembler(
  fields: readonly OutputField[],
  sink: Sink,
  writing: CsvWriting = plainWriting,
): Assembler {
  let begun = !writing.header;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    await sink.write(Buffer.from(headerLine(fields), 'utf8'));
  };
  return {
    async append(piece) {
      await begin();
      if (piece.length > 0) await sink.write(piece);
    },
    finish: begin,
  };
}
