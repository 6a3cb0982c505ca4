import type { HeldBytes } from '../../chunk/slice.js';
import { aboutTyped } from '../about-typed.js';
import { isReadable, typesOf } from '../cast/arrow-type.js';
import { withBytes } from '../fetched-file.js';
import type { ByteRange, FetchedFile } from '../file-access.js';
import type { Source, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { type GroupSize, rowSlices } from '../row-slices.js';
import { dictionaryHeader, dictionaryPage } from './dictionary-page.js';
import { parquetCarrier } from './parquet-carrier.js';
import { type ParquetField, parquetFields } from './parquet-field.js';
import { type ColumnChunk, corrupt, type Footer, type RowGroup, readFooter } from './read-footer.js';

/** Opens a Parquet file by its footer alone. */
export async function openParquet(path: string): Promise<Source> {
  const { size, footer, fields, held, rows, encrypted, sizes } = await readParquetFooter(path);
  const description: SourceDescription = {
    path,
    format: 'parquet',
    bytes: size,
    rows,
    columns: fields.map((field) => {
      const locked = isEncrypted(field, encrypted);
      return {
        name: field.name,
        ...(locked ? { type: null } : typesOf(field.type)),
        native: locked ? `encrypted ${field.native}` : field.native,
        readable: !locked && isReadable(field.type),
      };
    }),
    details: { rowGroups: footer.rowGroups.length, createdBy: footer.createdBy },
    ...(held === null ? {} : { held }),
    findings: [],
  };
  const carrier = held === null ? null : parquetCarrier(description, footer, fields);
  return {
    description,
    ...aboutTyped('Parquet', description),
    async *cut(chunkBytes) {
      const file = openPositioned(path, size, held ?? []);
      try {
        yield* rowSlices(sizes ?? rowGroups(file, footer), { bytes: size, rows }, chunkBytes);
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

/** Yields the rows of each row group, and what one of them counts for. */
async function* rowGroups(file: PositionedFile, footer: Footer): AsyncGenerator<GroupSize> {
  for (let group = 0; group < footer.rowGroups.length; group++) {
    const rowGroup = footer.rowGroups.at(group, file);
    await file.fetched?.fetch(dictionaryHeaders(footer, rowGroup));
    yield { rows: rowGroup.rows, rowBytes: sliceRowBytes(file, footer, rowGroup) };
  }
}

/** Bytes at the end of a remote file that are read at once: most footers are smaller. */
function tailBytes(size: number): number {
  return Math.min(64 * 1024, Math.max(8 * 1024, size >> 8));
}

/**
 * Returns a file's footer, its top-level columns and the result of `lookThrough`; for a remote file also the
 * bytes from which a worker reads the footer.
 */
async function readParquetFooter(path: string) {
  const file = openPositioned(path);
  const { size, fetched } = file;
  try {
    await fetched?.fetch([
      { start: 0, end: Math.min(4, size) },
      { start: Math.max(0, size - tailBytes(size)), end: size },
    ]);
    const footer = await withBytes(file, () => readFooter(file));
    const held = fetched === null ? null : footerBytes(fetched);
    return { size, footer, fields: fieldsOf(path, footer), held, ...lookThrough(footer, file) };
  } finally {
    file.close();
  }
}

/** Returns what `readFooter` reads. */
function footerBytes(file: FetchedFile): HeldBytes[] {
  const { size } = file;
  const length = new DataView(file.read(size - 8, size).buffer).getUint32(0, true);
  const start = size - 8 - length;
  return [
    { start: 0, bytes: file.read(0, 4) },
    { start, bytes: file.read(start, size) },
  ];
}

function fieldsOf(path: string, footer: Footer): ParquetField[] {
  try {
    return parquetFields(footer.schema);
  } catch (cause) {
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * Reads every row group once: returns their total rows, the leaves that are encrypted in some, and their sizes
 * unless those need more than the footer, as texts do.
 */
function lookThrough(
  footer: Footer,
  file: PositionedFile,
): {
  readonly rows: number;
  readonly encrypted: ReadonlySet<number>;
  readonly sizes: readonly GroupSize[] | null;
} {
  const { schema, rowGroups } = footer;
  let rows = 0;
  const encrypted = new Set<number>();
  const sizes: GroupSize[] | null = schema.some(({ physical }) => physical === 'BYTE_ARRAY') ? null : [];
  for (let index = 0; index < rowGroups.length; index++) {
    const group = rowGroups.at(index, file);
    rows += group.rows;
    for (const [leaf, chunk] of group.chunks.entries()) if (chunk.encrypted) encrypted.add(leaf);
    sizes?.push({ rows: group.rows, rowBytes: sliceRowBytes(file, footer, group) });
  }
  return { rows, encrypted, sizes };
}

function isEncrypted({ leaf, leaves }: ParquetField, encrypted: ReadonlySet<number>): boolean {
  for (let at = leaf; at < leaf + leaves; at++) if (encrypted.has(at)) return true;
  return false;
}

/** Maximum ratio of a slice's decoded values to its bytes. */
const mostDecoded = 4;

/**
 * Up to this many bytes, a text counts like any other value; a longer one is copied several times on its way
 * to the output.
 */
const shortTextBytes = 16;

const widths = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 8,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 4,
  FIXED_LEN_BYTE_ARRAY: 0,
};

/**
 * Returns the bytes of one row, for sizing slices: its uncompressed pages, or a fourth of its decoded values
 * if that is more; for texts in a dictionary, their written size. Each slice costs a read of every column's
 * dictionary and a call into the decoder: slices of 131,000 rows take a sixth less processor time than slices
 * of 33,000, and hardly more memory.
 */
function sliceRowBytes(file: PositionedFile, { schema }: Footer, { rows, chunks }: RowGroup): number {
  if (rows === 0) return 1;
  const leaves = schema.slice(1).filter(({ physical }) => physical !== null);
  return leaves.reduce((sum, { physical, typeLength }, i) => {
    const chunk = chunks[i]!;
    const text = physical === 'BYTE_ARRAY' ? textBytes(file, chunk) : 0;
    const decoded = (widths[physical!] || typeLength) + text;
    const each = Math.max(decoded / mostDecoded, text - shortTextBytes);
    return sum + Math.max(each * chunk.values, chunk.uncompressedBytes) / rows;
  }, 0);
}

/** Returns where `sliceRowBytes` reads. */
function dictionaryHeaders({ schema }: Footer, { rows, chunks }: RowGroup): ByteRange[] {
  if (rows === 0) return [];
  const leaves = schema.slice(1).filter(({ physical }) => physical !== null);
  return leaves.flatMap(({ physical }, i) => (physical === 'BYTE_ARRAY' ? dictionaryHeader(chunks[i]!) : []));
}

/** Returns the average length of a chunk's texts in a dictionary. */
function textBytes(file: PositionedFile, chunk: ColumnChunk): number {
  const page = dictionaryPage(file, chunk);
  return page === null ? 0 : Math.max(0, page.bytes / page.entries - 4);
}
