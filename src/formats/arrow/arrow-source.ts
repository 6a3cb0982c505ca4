import type { HeldBytes } from '../../chunk/slice.js';
import { aboutTyped } from '../about-typed.js';
import { type ArrowType, isReadable, nativeName, typesOf } from '../cast/arrow-type.js';
import { notedFile, withBytes } from '../fetched-file.js';
import type { FetchedFile } from '../file-access.js';
import type { Source, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { rowSlices } from '../row-slices.js';
import { arrowCarrier } from './arrow-carrier.js';
import { decodedBodyBytes, dictionaryEntryBytes } from './decoded-bytes.js';
import { type IpcIndex, readIndex } from './read-messages.js';

/** Opens an Arrow IPC file or stream: reads every message's header, which detects truncation. */
export async function openArrow(path: string): Promise<Source> {
  const file = openPositioned(path);
  let index: IpcIndex;
  let held: readonly HeldBytes[] | null;
  try {
    ({ index, held } =
      file.fetched === null ? { index: readIndex(file), held: null } : await fetchIndex(file.fetched));
  } finally {
    file.close();
  }
  const rows = index.batches.reduce((sum, batch) => sum + batch.rows, 0);
  const description: SourceDescription = {
    path,
    format: 'arrow',
    bytes: file.size,
    rows,
    columns: index.fields.map(({ name, type }) => ({
      name,
      ...typesOf(type),
      native: nativeName(type),
      readable: isReadable(type),
    })),
    ...(held === null ? {} : { held }),
    details: { layout: index.kind, batches: index.batches.length, dictionaries: index.dictionaries.length },
    findings: [],
  };

  /** Yields the rows of each record batch, and what one of them counts for. */
  async function* batches(file: PositionedFile) {
    const entries = await withBytes(file, () => dictionaryEntryBytes(file, index));
    const rowBytes = index.fields.reduce((sum, { type }) => sum + decodedBytes(type, entries), 0);
    const changes = new Set(index.dictionaries.map(({ beforeBatch }) => beforeBatch));
    for (const [i, batch] of index.batches.entries()) {
      const body =
        batch.rows === 0 ? 0 : await withBytes(file, () => decodedBodyBytes(file, batch), headerBytes);
      const stored = batch.rows === 0 ? 0 : body / batch.rows;
      yield { rows: batch.rows, rowBytes: Math.max(rowBytes, stored), beginsAnew: changes.has(i) };
    }
  }

  const carrier = held === null ? null : arrowCarrier(description, index);
  return {
    description,
    ...aboutTyped('Arrow', description),
    async *cut(chunkBytes) {
      const file = openPositioned(path, description.bytes, held ?? []);
      try {
        yield* rowSlices(batches(file), { bytes: file.size, rows }, chunkBytes);
      } finally {
        file.close();
        carrier?.release();
      }
    },
    ...(carrier === null ? {} : { carry: carrier.carry }),
    skipped: new Map(),
    findings: description.findings,
  };
}

/** Bytes of a remote file that are read at once at the header of a message. */
const headerBytes = 4096;

/** Reads the index of a remote file; returns it with the bytes every worker needs: index and dictionaries. */
async function fetchIndex(remote: FetchedFile) {
  const file = notedFile(remote);
  const index = await withBytes(
    file,
    () => {
      file.takeRead();
      return readIndex(file);
    },
    headerBytes,
  );
  const read = file.takeRead();
  const ranges = index.dictionaries.map(({ metadataStart, bodyEnd }) => ({
    start: metadataStart,
    end: bodyEnd,
  }));
  await remote.fetch(ranges);
  const dictionaries = ranges.map(({ start, end }) => ({ start, bytes: remote.read(start, end) }));
  return { index, held: [...read, ...dictionaries] };
}

/**
 * Up to this many bytes, a text counts like any other value; a longer one is copied several times on its way
 * to the output.
 */
const shortTextBytes = 16;

/** Returns the minimum bytes of a row of a type once it is decompressed and looked up in its dictionary. */
function decodedBytes(type: ArrowType, entries: ReadonlyMap<bigint, number>): number {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'date':
    case 'time':
      return type.bits / 8;
    case 'timestamp':
    case 'duration':
      return 8;
    case 'decimal':
      return type.bytes.width;
    case 'uuid':
      return 16;
    case 'list':
      return type.offsets === 'fixed' ? type.size * decodedBytes(type.item, entries) : 8;
    case 'text':
    case 'runs':
      return 4;
    case 'dictionary':
      return 4 + Math.max(0, (entries.get(type.id) ?? 0) - shortTextBytes);
    default:
      return 1;
  }
}
