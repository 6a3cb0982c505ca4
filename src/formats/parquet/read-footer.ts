import { getHeapStatistics } from 'node:v8';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { BudgetError, InvalidError } from '../../errors.js';
import { checkRoomForBytes } from '../../process/heap-room.js';
import { mebibytes } from '../../text/units.js';
import { cutOff, emptyFile, type PositionedFile } from '../positioned-file.js';
import { countValues, findGroups, type GroupLocations } from './footer-values.js';

/** A struct of parquet.thrift: members by field id; i64 as bigint, binary as bytes. */
export type Thrift = { readonly [field: `field_${number}`]: unknown };

/** One element of the schema, in the order of the file (parquet.thrift, SchemaElement). */
export interface SchemaElement {
  readonly name: string;
  readonly physical: Physical | null;
  readonly typeLength: number;
  readonly repetition: 'required' | 'optional' | 'repeated';
  readonly children: number;
  readonly converted: number | null;
  readonly scale: number;
  readonly precision: number;
  /** LogicalType as read: a union, so one member is set. */
  readonly logical: Thrift | null;
}

export const physicals = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
type Physical = (typeof physicals)[number];

/** Location of the pages of one leaf column within a row group. */
export interface ColumnChunk {
  readonly start: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly values: number;
  readonly encodings: readonly number[];
  readonly codec: number;
  /** Start of its first data page; a dictionary page, if any, precedes it. */
  readonly dataStart: number;
  readonly encrypted: boolean;
  /** True if the writer compressed every page although version 2 pages claim otherwise (ARROW-10353). */
  readonly alwaysCompressed: boolean;
  /** True if `bytes` may end before the last page does (the writer miscounted); page headers show the end. */
  readonly endUnknown: boolean;
}

export interface RowGroup {
  readonly rows: number;
  /** One per leaf of the schema, in order. */
  readonly chunks: readonly ColumnChunk[];
}

/**
 * The row groups of a file, each read from the file when it is asked for, some 3 microseconds a column: as
 * objects, those of a wide table take twenty times the memory of their bytes, and the bytes of many groups as
 * much as some slices. Throws `InvalidError` for one that does not match the schema or the file.
 */
export interface RowGroups {
  readonly length: number;
  /** Returns a row group of the file, which must be open. */
  at(index: number, file: PositionedFile): RowGroup;
}

/** Content of a Parquet file's footer. */
export interface Footer {
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: RowGroups;
  readonly createdBy: string;
}

/**
 * Reads a Parquet footer and nothing else, its row groups only when they are asked for: one or two reads.
 * Throws `InvalidError` naming the file if it is empty, truncated, encrypted or corrupt, including numbers in
 * the footer that do not match the file.
 */
export function readFooter(file: PositionedFile): Footer {
  const { path, size } = file;
  if (size === 0) throw emptyFile(path);
  const head = text(file.read(0, Math.min(4, size)));
  if (head === 'PARE') throw encrypted(path);
  if (head !== 'PAR1') {
    throw new InvalidError('not-parquet', `${path} is not a Parquet file: it does not begin with PAR1`, {
      file: path,
      hint: 'set its real format in "input.format"',
    });
  }
  const tail = size < 12 ? new Uint8Array(8) : file.read(size - 8, size);
  const mark = text(tail.subarray(4));
  if (mark === 'PARE') throw encrypted(path);
  if (mark !== 'PAR1') throw cutOff(path, 'it does not end with PAR1, so its footer is missing');
  const bytes = new DataView(tail.buffer).getUint32(0, true);
  if (bytes > size - 12) throw corrupt(path, `its footer says it has ${bytes} of ${size} bytes`);
  if (bytes > maxFooterBytes) throw corrupt(path, `its footer has ${bytes} bytes`);
  checkRoomForBytes(bytes, `${path}: its footer`);
  const start = size - 8 - bytes;
  const { locations, ...footer } = parsed(path, file.read(start, size - 8));
  const leaves = footer.schema.slice(1).filter(({ physical }) => physical !== null).length;
  const groupOf = (group: Uint8Array) =>
    soundly(path, () => checked(rowGroup(structAt(group, 0), footer.createdBy, start), leaves, start));
  return { ...footer, rowGroups: rowGroups(locations, start, groupOf) };
}

/** Returns what `work` returns; throws the error of a corrupt file for any error. */
function soundly<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw corrupt(path, /call stack/.test(said) ? 'its footer is nested too deeply' : said, cause);
  }
}

/** Returns the error for a Parquet file with content that no writer produces. */
export function corrupt(path: string, what: string, cause?: unknown): InvalidError {
  return new InvalidError('corrupt-input', `${path} is corrupt: ${what}`, {
    file: path,
    hint: 'copy or write the file again',
    cause,
  });
}

/** A smaller footer always fits into the heap. */
const largeFooterBytes = 2 ** 20;

/** Measured: bytes of heap for each value of a footer while it is read. */
const heapPerValue = 40;

/** Throws `BudgetError` for a footer that this process's heap does not hold; it would end the process. */
function refuseTooLarge(path: string, footer: Uint8Array): void {
  let values: number;
  try {
    values = countValues(footer);
  } catch (cause) {
    throw corrupt(path, `its footer cannot be read: ${(cause as Error).message}`, cause);
  }
  const heap = getHeapStatistics().heap_size_limit;
  if (values * heapPerValue <= heap * 0.8) return;
  throw new BudgetError(
    'memory-budget',
    `${path}: its footer of ${mebibytes(footer.length)} holds ${values} values, more than fit into ${mebibytes(heap)} of heap`,
    {
      file: path,
      hint: 'give the process more memory (the container, or NODE_OPTIONS=--max-old-space-size), or write the file again with fewer and larger row groups',
    },
  );
}

const maxFooterBytes = 512 * 1024 * 1024;

function encrypted(path: string): InvalidError {
  return new InvalidError('encrypted-input', `${path} is encrypted`, {
    file: path,
    hint: 'decrypt it first: encryption keys are not supported',
  });
}

type Parsed = Omit<Footer, 'rowGroups'> & { readonly locations: GroupLocations };

/** Returns a footer without its row groups, and where they are; does not keep its bytes. */
function parsed(path: string, bytes: Uint8Array): Parsed {
  if (bytes.length >= largeFooterBytes) refuseTooLarge(path, bytes);
  return soundly(path, () => {
    const locations = findGroups(bytes);
    if (locations === null) throw new Error('its footer lacks a list');
    const footer = structAt(withoutGroups(bytes, locations), 0);
    const schema = list(footer.field_2).map(schemaElement);
    if (schema.length === 0) throw new Error('it has no schema');
    const createdBy = footer.field_6 instanceof Uint8Array ? text(footer.field_6) : '';
    return { schema, createdBy, locations };
  });
}

/** Bytes of a footer that are read at once for its next row groups. */
const blockBytes = 128 * 1024;

/** Returns the row groups of the footer at byte `start`, parsed by `groupOf`; keeps the last one. */
function rowGroups(
  { groups, end }: GroupLocations,
  start: number,
  groupOf: (bytes: Uint8Array) => RowGroup,
): RowGroups {
  let last: { readonly index: number; readonly group: RowGroup } | null = null;
  let block = { from: 0, bytes: new Uint8Array(0) };

  function bytesOf(index: number, file: PositionedFile): Uint8Array {
    const from = groups[index]!;
    const to = groups[index + 1] ?? end;
    if (from < block.from || to > block.from + block.bytes.length) {
      const blockEnd = Math.max(to, Math.min(end, from + blockBytes));
      block = { from, bytes: file.read(start + from, start + blockEnd) };
    }
    return block.bytes.subarray(from - block.from, to - block.from);
  }

  return {
    length: groups.length,
    at(index, file) {
      if (last?.index === index) return last.group;
      const group = groupOf(bytesOf(index, file));
      last = { index, group };
      return group;
    },
  };
}

function structAt(bytes: Uint8Array, offset: number): Thrift {
  return deserializeTCompactProtocol({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset,
  });
}

/** Head of a list of no structs. */
const emptyList = 0x0c;

/** Returns the footer with an empty list in place of its row groups. */
function withoutGroups(bytes: Uint8Array, { start, end }: GroupLocations): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), Uint8Array.of(emptyList), bytes.subarray(end)]);
}

function schemaElement(element: Thrift): SchemaElement {
  const type = element.field_1;
  const physical = typeof type === 'number' ? physicals[type] : null;
  if (physical === undefined) throw new Error(`physical type number ${String(type)} is unknown`);
  const repetition = (['required', 'optional', 'repeated'] as const)[count(element.field_3 ?? 0)];
  if (repetition === undefined) throw new Error('a column of unknown repetition');
  if (!(element.field_4 instanceof Uint8Array)) throw new Error('a column without a name');
  return {
    name: text(element.field_4),
    physical,
    typeLength: count(element.field_2 ?? 0),
    repetition,
    children: count(element.field_5 ?? 0),
    converted: typeof element.field_6 === 'number' ? element.field_6 : null,
    scale: Number(element.field_7 ?? 0),
    precision: Number(element.field_8 ?? 0),
    logical: (element.field_10 as Thrift | undefined) ?? null,
  };
}

/** Returns true for parquet-cpp before Arrow 3.0; later versions are called parquet-cpp-arrow. */
function marksNoPage(createdBy: string): boolean {
  return /^parquet-cpp(?:$| version [01]\.)/.test(createdBy);
}

/**
 * Returns true for parquet-mr before 1.2.9, which omitted the dictionary page's header from sizes
 * (PARQUET-816).
 */
function countsTooFew(createdBy: string): boolean {
  return /^parquet-mr(?:$| version (?:0|1\.[01]|1\.2\.[0-8])\b)/.test(createdBy);
}

function rowGroup(group: Thrift, createdBy: string, end: number): RowGroup {
  const endUnknown = countsTooFew(createdBy);
  const alwaysCompressed = marksNoPage(createdBy);
  const chunks = list(group.field_1).map((item) => {
    const chunk = { ...columnChunk(item), alwaysCompressed };
    if (!endUnknown) return chunk;
    return {
      ...chunk,
      bytes: Math.min(chunk.bytes + 100, Math.max(chunk.bytes, end - chunk.start)),
      endUnknown,
    };
  });
  return { rows: count(group.field_3), chunks };
}

function columnChunk(chunk: Thrift): ColumnChunk {
  const data = chunk.field_3 as Thrift | undefined;
  const isEncrypted = chunk.field_8 !== undefined || chunk.field_9 !== undefined;
  if (data === undefined) {
    const nothing = {
      start: 4,
      bytes: 0,
      uncompressedBytes: 0,
      values: 0,
      encodings: [],
      codec: 0,
      endUnknown: false,
      alwaysCompressed: false,
    };
    if (isEncrypted) return { ...nothing, dataStart: 4, encrypted: true };
    throw new Error('a column chunk without its description');
  }
  if (chunk.field_1 instanceof Uint8Array && chunk.field_1.length > 0) {
    throw new Error('a column chunk in another file');
  }
  const dataStart = count(data.field_9);
  const dictionary = count(data.field_11 ?? 0n);
  return {
    start: dictionary > 0 && dictionary < dataStart ? dictionary : dataStart,
    bytes: count(data.field_7),
    uncompressedBytes: count(data.field_6),
    values: count(data.field_5),
    encodings: (data.field_2 ?? []) as number[],
    codec: count(data.field_4),
    dataStart,
    encrypted: isEncrypted,
    endUnknown: false,
    alwaysCompressed: false,
  };
}

/** Returns the group after checking its numbers against the schema and the file; pages end at `end`. */
function checked(group: RowGroup, leaves: number, end: number): RowGroup {
  if (group.chunks.length !== leaves) {
    throw new Error(`a row group has ${group.chunks.length} columns, but the schema has ${leaves}`);
  }
  for (const { start, bytes, encrypted } of group.chunks) {
    if (encrypted || group.rows === 0) continue;
    if (start < 4 || start + bytes > end)
      throw new Error(`a column at bytes ${start} to ${start + bytes} of ${end}`);
  }
  return group;
}

function list(value: unknown): Thrift[] {
  if (!Array.isArray(value)) throw new Error('its footer lacks a list');
  return value;
}

function count(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`its footer counts ${String(value)}`);
  return number;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
