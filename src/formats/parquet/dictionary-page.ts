import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import type { ByteRange } from '../file-access.js';
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

/** Returns where the header of a chunk's dictionary page is read, if it may have one. */
export function dictionaryHeader({ start, bytes, encodings, encrypted }: ColumnChunk): ByteRange[] {
  if (encrypted || !(encodings.includes(2) || encodings.includes(8))) return [];
  return [{ start, end: Math.min(start + bytes, start + headerBytes) }];
}

/**
 * Reads the header of a chunk's dictionary page: one small read. Null if there is none, or if it is
 * unreadable, which reading the pages reports.
 */
export function dictionaryPage(file: PositionedFile, chunk: ColumnChunk): DictionaryPage | null {
  const [page] = dictionaryHeader(chunk);
  if (page === undefined) return null;
  try {
    const bytes = file.read(page.start, page.end);
    const header = deserializeTCompactProtocol({ view: new DataView(bytes.buffer), offset: 0 });
    const [size, entries] = [Number(header.field_2), Number(header.field_7?.field_1)];
    return header.field_1 === 2 && size >= 0 && entries > 0 ? { bytes: size, entries } : null;
  } catch {
    return null;
  }
}
