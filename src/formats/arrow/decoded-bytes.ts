import type { PositionedFile } from '../positioned-file.js';
import { type BatchLocation, batchAt, type IpcIndex } from './read-messages.js';

/** For a batch with more buffers the compressed size is used: each buffer would cost a read. */
const mostBuffers = 400;

/** Returns the declared decompressed bytes of a batch's body; one small read for each compressed buffer. */
export function decodedBodyBytes(file: PositionedFile, location: BatchLocation): number {
  const stored = location.bodyEnd - location.metadataEnd;
  const batch = batchAt(file, location);
  if (batch.compression() === null || batch.buffersLength() > mostBuffers) return stored;
  let sum = 0;
  for (let i = 0; i < batch.buffersLength(); i++) {
    const buffer = batch.buffers(i)!;
    const start = location.metadataEnd + Number(buffer.offset());
    if (Number(buffer.length()) < 8 || !(start >= 0) || start + 8 > location.bodyEnd) continue;
    const announced = Number(new DataView(file.read(start, start + 8).buffer).getBigInt64(0, true));
    sum += announced < 0 ? Number(buffer.length()) : announced;
  }
  return Math.max(stored, sum);
}

/** Returns the bytes of an entry of each dictionary, on average over all of its batches. */
export function dictionaryEntryBytes(file: PositionedFile, index: IpcIndex): ReadonlyMap<bigint, number> {
  const totals = new Map<bigint, { bytes: number; rows: number }>();
  for (const location of index.dictionaries) {
    const total = totals.get(location.id) ?? { bytes: 0, rows: 0 };
    total.bytes += decodedBodyBytes(file, location);
    total.rows += location.rows;
    totals.set(location.id, total);
  }
  return new Map([...totals].map(([id, { bytes, rows }]) => [id, rows === 0 ? 0 : bytes / rows]));
}
