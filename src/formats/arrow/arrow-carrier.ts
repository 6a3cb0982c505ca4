import type { RowSlice } from '../../chunk/slice.js';
import { notedFile, openFetched, withBytes } from '../fetched-file.js';
import type { SourceDescription } from '../format.js';
import { type SliceCarrier, sliceCarrier } from '../slice-carrier.js';
import { endlessRoom } from '../slice-room.js';
import { arrowColumns } from './arrow-decoder.js';
import { bufferRanges } from './batch-reader.js';
import type { IpcIndex } from './read-messages.js';

/**
 * Creates the carrier of one file. Fetches the buffers of the columns that are read, side by side. A slice
 * gets the bytes of its rows; in a compressed batch, where rows cannot be located, whole buffers.
 */
export function arrowCarrier(
  { path, bytes, held = [], columns }: SourceDescription,
  index: IpcIndex,
): SliceCarrier {
  const file = openFetched(path, bytes, held);

  async function carry(slice: RowSlice, sources: readonly number[]): Promise<RowSlice> {
    const batch = index.batches[slice.group]!;
    const { ranges, isCompressed } = await withBytes(file, () => bufferRanges(file, batch, index, sources));
    await file.fetch(ranges);
    const metadata = { start: batch.metadataStart, end: batch.metadataEnd };
    if (isCompressed) {
      const pieces = [metadata, ...ranges].map(({ start, end }) => ({ start, bytes: file.read(start, end) }));
      return { ...slice, carried: { bytes: pieces } };
    }
    const noted = notedFile(file);
    const reader = arrowColumns(noted, index, endlessRoom);
    for (const source of sources) reader.read(source, slice);
    return { ...slice, carried: { bytes: noted.takeRead() } };
  }

  return sliceCarrier(file, columns, carry);
}
