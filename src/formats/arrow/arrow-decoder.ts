import type { ReadPlan } from '../../chunk/read-plan.js';
import type { RowSlice } from '../../chunk/slice.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import { type ColumnReader, columnarDecoder } from '../columnar-decoder.js';
import type { Decoder, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { type SliceRoom, sliceRoom } from '../slice-room.js';
import { type BatchContext, type BatchReader, batchReader } from './batch-reader.js';
import { chained } from './chain-arrays.js';
import { asInvalid, type IpcIndex, readIndex } from './read-messages.js';
import type { ArrowField } from './read-schema.js';

/** Reads slices of record batches; keeps the last batch open, with its decompressed buffers and the dictionaries in use. */
export async function arrowDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  const file = openPositioned(source.path, source.bytes);
  try {
    const room = sliceRoom(source.path, plan);
    return await columnarDecoder(source, plan, columnReader(file, readIndex(file), room), room);
  } catch (error) {
    file.close();
    throw error;
  }
}

function columnReader(file: PositionedFile, index: IpcIndex, room: SliceRoom): ColumnReader {
  const dictionaryOf = dictionaryReader(file, index, room);
  let open: { readonly group: number; readonly reader: BatchReader } | null = null;

  function read(column: number, { group, start, end }: RowSlice): ArrowArray {
    try {
      if (open?.group !== group) {
        const context: BatchContext = { ...index, room, dictionary: (id) => dictionaryOf(id, group) };
        open = { group, reader: batchReader(file, index.batches[group]!, context) };
      }
      return open.reader.read(column, start, end);
    } catch (cause) {
      throw asInvalid(file.path, cause);
    }
  }

  return { read, readOwned: read, close: () => file.close() };
}

/** Returns the dictionary of an id in its state at a record batch: the last one before it, with the deltas that follow. */
function dictionaryReader(file: PositionedFile, index: IpcIndex, room: SliceRoom) {
  const types = new Map<bigint, ArrowField>();
  for (const field of index.fields) collectDictionaries(field, types);
  const known = new Map<bigint, { readonly last: number; readonly array: ArrowArray }>();

  function dictionaryAt(id: bigint, group: number): ArrowArray {
    const locations = index.dictionaries.filter(
      (location) => location.id === id && location.beforeBatch <= group,
    );
    const first = locations.findLastIndex(({ isDelta }) => !isDelta);
    const last = locations.at(-1);
    const field = types.get(id);
    if (first === -1 || last === undefined || field === undefined)
      throw new Error(`dictionary ${id} is not there`);
    const cached = known.get(id);
    if (cached?.last === last.metadataStart) return cached.array;
    const context: BatchContext = {
      fields: [field],
      unionsHaveValidity: index.unionsHaveValidity,
      room,
      dictionary: (inner) => dictionaryAt(inner, group),
    };
    const parts = locations
      .slice(first)
      .map((location) => batchReader(file, location, context).read(0, 0, location.rows));
    const array = chained(parts);
    known.set(id, { last: last.metadataStart, array });
    return array;
  }

  return dictionaryAt;
}

/** Maps every dictionary id under a field to the field of its batches: the same one, without its codes. */
function collectDictionaries(field: ArrowField, types: Map<bigint, ArrowField>): void {
  if (field.type.kind === 'dictionary') types.set(field.type.id, { ...field, type: field.type.value });
  for (const child of field.children) collectDictionaries(child, types);
}
