import type { RowSlice } from '../../chunk/slice.js';
import { aboutTyped } from '../about-typed.js';
import { type ArrowType, isReadable, nativeName, typesOf } from '../cast/arrow-type.js';
import type { Source, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { rowRanges } from '../row-ranges.js';
import { decodedBodyBytes, dictionaryEntryBytes } from './decoded-bytes.js';
import { type IpcIndex, readIndex } from './read-messages.js';

/** Opens an Arrow IPC file or stream: reads every message's header, so truncation is detected here; one small read per batch. */
export async function openArrow(path: string): Promise<Source> {
  const file = openPositioned(path);
  let index: IpcIndex;
  try {
    index = readIndex(file);
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
    details: { layout: index.kind, batches: index.batches.length, dictionaries: index.dictionaries.length },
    findings: [],
  };

  function* slices(file: PositionedFile, chunkBytes: number): Generator<RowSlice> {
    const entries = dictionaryEntryBytes(file, index);
    const rowBytes = index.fields.reduce((sum, { type }) => sum + decodedBytes(type, entries), 0);
    let firstRow = 1;
    let next = 0;
    for (const [group, batch] of index.batches.entries()) {
      const stored = batch.rows === 0 ? 0 : decodedBodyBytes(file, batch) / batch.rows;
      for (const { start, end } of rowRanges(batch.rows, Math.max(rowBytes, stored), chunkBytes)) {
        const inputBytes = (file.size * (end - start)) / rows;
        yield { kind: 'rows', index: next++, start, end, group, firstRow: firstRow + start, inputBytes };
      }
      firstRow += batch.rows;
    }
  }

  return {
    description,
    ...aboutTyped('Arrow', description),
    async *cut(chunkBytes) {
      const file = openPositioned(path, description.bytes);
      try {
        yield* slices(file, chunkBytes);
      } finally {
        file.close();
      }
    },
    skipped: new Map(),
    findings: description.findings,
  };
}

/** Bytes of a text that count like those of other values; a longer text is written out in full, several times on its way to the output. */
const shortTextBytes = 16;

/** Returns the minimum bytes that a row of a type takes once it is decompressed and looked up in its dictionary. */
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
