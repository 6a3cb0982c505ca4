import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import type { PositionedFile } from '../positioned-file.js';
import type { ColumnChunk } from './read-footer.js';

/** A column chunk's dictionary according to the header of its page. */
interface DictionaryPage {
  /** Uncompressed, each text with four bytes for its length. */
  readonly bytes: number;
  readonly entries: number;
}

/** Upper bound for the size of such a header. */
const headerBytes = 256;

/**
 * Reads the header of a chunk's dictionary page: one small read. Null if there is none, or if it cannot be read: reading the pages reports
 * that.
 */
export function dictionaryPage(file: PositionedFile, chunk: ColumnChunk): DictionaryPage | null {
  if (chunk.encrypted || !(chunk.encodings.includes(2) || chunk.encodings.includes(8))) return null;
  try {
    const bytes = file.read(chunk.start, Math.min(chunk.start + chunk.bytes, chunk.start + headerBytes));
    const header = deserializeTCompactProtocol({ view: new DataView(bytes.buffer), offset: 0 });
    const [size, entries] = [Number(header.field_2), Number(header.field_7?.field_1)];
    return header.field_1 === 2 && size >= 0 && entries > 0 ? { bytes: size, entries } : null;
  } catch {
    return null;
  }
}
