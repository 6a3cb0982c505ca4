import { countBefore } from '../../chunk/count-before.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import type { RowSlice } from '../../chunk/slice.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import { type ColumnReader, columnarDecoder } from '../columnar-decoder.js';
import { withBytes } from '../fetched-file.js';
import type { Decoder, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { type SliceRoom, sliceRoom } from '../slice-room.js';
import { type BatchContext, type BatchReader, batchReader } from './batch-reader.js';
import { loadCodec } from './decompress.js';
import { type GrowingDictionary, growingDictionary } from './growing-dictionary.js';
import { asInvalid, type IpcIndex, readIndex } from './read-messages.js';
import type { ArrowField } from './read-schema.js';

/** Reads slices of record batches; keeps the last batch open, decompressed, with its dictionaries. */
export async function arrowDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  const file = openPositioned(source.path, source.bytes, source.held);
  try {
    const room = sliceRoom(source.path, plan);
    const index = await withBytes(file, () => readIndex(file));
    await loadCodec(file, index);
    return await columnarDecoder(source, plan, arrowColumns(file, index, room), room);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Creates the reader of a file's columns; it keeps the last batch of a local one. */
export function arrowColumns(file: PositionedFile, index: IpcIndex, room: SliceRoom): ColumnReader {
  const dictionaryOf = dictionaryReader(file, index, room);
  let open: { readonly group: number; readonly reader: BatchReader } | null = null;

  function read(column: number, { group, start, end }: RowSlice): ArrowArray {
    try {
      // Each slice of a remote file comes with bytes of its own.
      if (open?.group !== group || file.fetched !== null) {
        const context: BatchContext = { ...index, room, dictionary: (id) => dictionaryOf(id, group) };
        open = { group, reader: batchReader(file, index.batches[group]!, context) };
      }
      return open.reader.read(column, start, end);
    } catch (cause) {
      throw asInvalid(file.path, cause);
    }
  }

  return { file, read, readKept: read, readWhole: read, close: () => file.close() };
}

type DictionaryLocation = IpcIndex['dictionaries'][number];

/** Returns the dictionary of an id as it is at a record batch: the last one before it, with later deltas. */
function dictionaryReader(file: PositionedFile, index: IpcIndex, room: SliceRoom) {
  const types = new Map<bigint, ArrowField>();
  for (const field of index.fields) collectDictionaries(field, types);
  const versions = dictionaryVersions(index.dictionaries);
  const known = new Map<bigint, { readonly of: DictionaryLocation; readonly grown: GrowingDictionary }>();

  function dictionaryAt(id: bigint, group: number): ArrowArray {
    const field = types.get(id);
    const ofId = versions.get(id) ?? [];
    const locations = ofId[countBefore(ofId.length, (i) => ofId[i]![0]!.beforeBatch <= group) - 1];
    if (locations === undefined || field === undefined) throw new Error(`dictionary ${id} is missing`);
    const context: BatchContext = {
      fields: [field],
      unionsHaveValidity: index.unionsHaveValidity,
      room,
      dictionary: (inner) => dictionaryAt(inner, group),
    };
    const read = (location: DictionaryLocation) =>
      batchReader(file, location, context).read(0, 0, location.rows);
    const parts = countBefore(locations.length, (i) => locations[i]!.beforeBatch <= group);
    let cached = known.get(id);
    if (cached?.of !== locations[0]) {
      cached = { of: locations[0]!, grown: growingDictionary(read(locations[0]!)) };
      known.set(id, cached);
    }
    for (let part = cached.grown.parts(); part < parts; part++) cached.grown.append(read(locations[part]!));
    return cached.grown.after(parts);
  }

  return dictionaryAt;
}

/** Returns each id's dictionaries in order: a first batch and its deltas; deltas without one are ignored. */
function dictionaryVersions(locations: readonly DictionaryLocation[]): Map<bigint, DictionaryLocation[][]> {
  const versions = new Map<bigint, DictionaryLocation[][]>();
  for (const location of locations) {
    const ofId = versions.get(location.id) ?? [];
    versions.set(location.id, ofId);
    if (location.isDelta) ofId.at(-1)?.push(location);
    else ofId.push([location]);
  }
  return versions;
}

/** Maps every dictionary id under a field to the field of its batches: the same one, without its codes. */
function collectDictionaries(field: ArrowField, types: Map<bigint, ArrowField>): void {
  if (field.type.kind === 'dictionary') types.set(field.type.id, { ...field, type: field.type.value });
  for (const child of field.children) collectDictionaries(child, types);
}
