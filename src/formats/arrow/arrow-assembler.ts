import type { OutputField } from '../../chunk/batch.js';
import type { Assembler, Sink } from '../format.js';
import { type BlockLocation, endOfStream, fileFooter, schemaMessage } from '../ipc/write-messages.js';

/** Assembles record batch messages into an Arrow IPC file: magic, schema, batches, end mark, footer. */
export async function arrowAssembler(fields: readonly OutputField[], sink: Sink): Promise<Assembler> {
  const blocks: BlockLocation[] = [];
  let offset = 0;

  async function write(bytes: Uint8Array): Promise<void> {
    await sink.write(bytes);
    offset += bytes.length;
  }

  await write(Buffer.from('ARROW1\0\0', 'latin1'));
  await write(schemaMessage(fields));
  return {
    async append(piece) {
      const metadataBytes = 8 + new DataView(piece.buffer, piece.byteOffset).getInt32(4, true);
      blocks.push({ offset, metadataBytes, bodyBytes: piece.length - metadataBytes });
      await write(piece);
    },
    async finish() {
      await write(endOfStream);
      await write(fileFooter(fields, blocks));
    },
  };
}
