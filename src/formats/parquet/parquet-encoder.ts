import type { OutputBatch, OutputField } from '../../chunk/batch.js';
import { codedTextsOf } from '../../chunk/coded-texts.js';
import type { TextColumn } from '../../chunk/column.js';
import type { Encoder } from '../format.js';
import { oneBatchStream, schemaMessage } from '../ipc/write-messages.js';
import { codedChunk, codedTextsChunk } from './coded-chunk.js';
import type { ColumnPages } from './column-chunk.js';
import { numberChunk, repeatedChunk } from './number-chunk.js';
import { dropParquetWasm, isTrap, type ParquetWasm, parquetWasm, trimParquetWasm } from './parquet-wasm.js';
import { footerBytes, magic, pagesOf, rowGroupsOf } from './piece.js';
import { type Presence, presenceOf } from './presence.js';
import type { Thrift } from './read-footer.js';
import { textChunk } from './text-chunk.js';

/**
 * Encodes each batch as a small Parquet file of one row group with statistics. Numbers and texts are written
 * here; parquet-wasm, loaded only if needed, writes the rest: lists of floats, texts of more than 16 MiB, and
 * columns that should get a dictionary. It writes Snappy, and whole numbers as DELTA_BINARY_PACKED. Columns are
 * called `c0`, `c1` and so on there; the assembler has the names.
 */
export async function parquetEncoder(fields: readonly OutputField[]): Promise<Encoder> {
  const plans = new Map<string, WrittenPlan>();

  /** The columns that parquet-wasm writes differ between batches only if their layouts or spans do. */
  function planOf(indices: readonly number[]): WrittenPlan {
    const key = indices.join();
    let plan = plans.get(key);
    if (plan === undefined) plans.set(key, (plan = writtenPlan(fields, indices)));
    return plan;
  }

  return {
    async encode(batch) {
      const presence = presenceOf(batch.rows);
      const own = batch.columns.map((column, i) => ownPages(column, fields[i]!, batch.rows, presence));
      const plan = planOf(own.flatMap((pages, i) => (pages === null ? [i] : [])));
      const file = plan.fields.length === 0 ? null : writeThrough(plan, batch);
      return joined(file, plan, own, batch.rows);
    },
  };
}

/** Returns the pages of a column that is written here, null for the others. */
function ownPages(
  column: OutputBatch['columns'][number],
  { dictionary }: OutputField,
  rows: number,
  presence: Presence,
): ColumnPages | null {
  switch (column.type) {
    case 'list<string>':
      return codedChunk(column, rows, presence);
    case 'string':
      if (column.layout === 'dictionary') return codedChunk(column, rows, presence);
      return repeatedTexts(column, rows, presence) ?? (dictionary ? null : textChunk(column, rows, presence));
    case 'list<float32>':
      return null;
    default:
      return dictionary ? repeatedChunk(column, rows, presence) : numberChunk(column, rows, presence);
  }
}

/** Returns the pages of texts that are still codes, if their entries are few and short beside the rows. */
function repeatedTexts(column: TextColumn, rows: number, presence: Presence): ColumnPages | null {
  const coded = codedTextsOf(column);
  if (coded === null || 2 * coded.entries > rows || coded.bytes.length > 2 * rows) return null;
  return codedTextsChunk(coded, column.validity, rows, presence);
}

interface WrittenPlan {
  /** Indices of the columns that parquet-wasm writes. */
  readonly indices: readonly number[];
  readonly fields: readonly OutputField[];
  readonly schema: Uint8Array;
}

function writtenPlan(all: readonly OutputField[], indices: readonly number[]): WrittenPlan {
  const fields = indices.map((index) => ({ ...all[index]!, name: `c${index}` }));
  return { indices, fields, schema: schemaMessage(fields) };
}

/** Returns a small file of the columns that parquet-wasm writes. */
function writeThrough({ indices, fields, schema }: WrittenPlan, { rows, columns }: OutputBatch): Uint8Array {
  const stream = oneBatchStream(schema, { rows, columns: indices.map((index) => columns[index]!) });
  const wasm = parquetWasm();
  try {
    const table = wasm.Table.fromIPCStream(stream);
    return wasm.writeParquet(table, writerProperties(wasm, fields, rows));
  } catch (error) {
    if (isTrap(error)) dropParquetWasm();
    throw error;
  } finally {
    trimParquetWasm();
  }
}

/** Returns the written file followed by our own pages, all columns in one row group in field order. */
function joined(
  file: Uint8Array | null,
  { indices }: WrittenPlan,
  own: readonly (ColumnPages | null)[],
  rows: number,
): Uint8Array {
  const group = file === null ? undefined : rowGroupsOf(file)[0];
  const written = new Map(indices.map((index, i) => [index, (group?.field_1 as Thrift[] | undefined)?.[i]]));
  const pages = file === null || group === undefined ? magic : file.subarray(0, pagesOf(group).end);
  const parts: Uint8Array[] = [pages];
  let end = pages.length;
  const chunks =
    rows === 0
      ? []
      : own.map((chunk, i): Thrift => {
          if (chunk === null) return written.get(i)!;
          const metadata = chunk.metadata(end, `c${i}`);
          parts.push(...chunk.pages);
          end += chunk.bytes;
          return { field_2: 0n, field_3: metadata };
        });
  const sizes = chunks.map(({ field_3 }) => field_3 as Thrift);
  const sum = (field: 'field_6' | 'field_7') =>
    sizes.reduce((all, size) => all + (size[field] as bigint), 0n);
  const rowGroup = {
    field_1: chunks,
    field_2: sum('field_6'),
    field_3: BigInt(rows),
    field_5: 4n,
    field_6: sum('field_7'),
  };
  const footer = footerBytes({
    field_1: 2,
    field_2: [{ field_4: 'schema', field_5: own.length }],
    field_3: BigInt(rows),
    field_4: rows === 0 ? undefined : [rowGroup],
  });
  const piece = new Uint8Array(end + footer.length);
  let at = 0;
  for (const part of [...parts, footer]) {
    piece.set(part, at);
    at += part.length;
  }
  return piece;
}

function writerProperties(wasm: ParquetWasm, fields: readonly OutputField[], rows: number) {
  const lists = fields.filter(({ type }) => type.startsWith('list'));
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.SNAPPY)
    .setStatisticsEnabled(wasm.EnabledStatistics.Chunk)
    .setDictionaryEnabled(lists.some(({ dictionary }) => dictionary))
    .setMaxRowGroupSize(Math.max(1, rows))
    .setCreatedBy('nightshift');
  for (const { name, type, dictionary } of fields) {
    builder = builder.setColumnDictionaryEnabled(name, dictionary);
    if (!dictionary && deltaTypes.has(type)) {
      builder = builder.setColumnEncoding(name, wasm.Encoding.DELTA_BINARY_PACKED);
    }
  }
  return builder.build();
}

const deltaTypes: ReadonlySet<OutputField['type']> = new Set(['int32', 'int64', 'date', 'timestamp']);
