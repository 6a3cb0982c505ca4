import type { ReadPlan } from '../../chunk/read-plan.js';
import { type Slice, sliceOf } from '../../chunk/slice.js';
import { notedFile, openFetched, withBytes } from '../fetched-file.js';
import type { SourceDescription } from '../format.js';
import { endlessRoom } from '../slice-room.js';
import { arrowColumns } from './arrow-decoder.js';
import { bufferRanges } from './batch-reader.js';
import type { IpcIndex } from './read-messages.js';

/** Gives slices of a remote file the bytes with which a worker decodes them. */
interface ArrowCarrier {
  carry(slice: Slice, read: ReadPlan | null): Promise<Slice>;
  /** Drops what is kept for the next slice. */
  release(): void;
}

/**
 * Creates the carrier of one file. Fetches the buffers of the columns that are read, side by side. A slice gets their rows; of a compressed
 * batch, in which rows cannot be found, whole buffers.
 */
export function arrowCarrier(
  { path, bytes, held = [], columns }: SourceDescription,
  index: IpcIndex,
): ArrowCarrier {
  const file = openFetched(path, bytes, held);
  let turn: Promise<unknown> = Promise.resolve();

  async function carry(anySlice: Slice, sources: readonly number[]): Promise<Slice> {
    const slice = sliceOf('rows', anySlice);
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

  /** Slices are carried one after the other, so that none fetches what another is fetching. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  }

  return {
    carry(slice, read) {
      const all = columns.flatMap(({ readable }, i) => (readable ? [i] : []));
      const sources = read?.columns.map(({ source }) => source) ?? all;
      return inTurn(() => carry(slice, [...new Set(sources)]));
    },
    release() {
      void inTurn(async () => file.clear());
    },
  };
}
