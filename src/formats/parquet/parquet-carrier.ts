import type { RowSlice } from '../../chunk/slice.js';
import { openFetched, withBytes } from '../fetched-file.js';
import type { ByteRange } from '../file-access.js';
import type { SourceDescription } from '../format.js';
import { type SliceCarrier, sliceCarrier } from '../slice-carrier.js';
import { columnError } from './column-error.js';
import type { ColumnWindow } from './column-window.js';
import { dictionaryHeader } from './dictionary-page.js';
import type { ParquetField } from './parquet-field.js';
import type { ColumnChunk, Footer } from './read-footer.js';
import { windowReader } from './window-reader.js';

/** Column chunks of a row group that are together at most this large are fetched at once. */
const mostGroupBytes = 32 * 1024 * 1024;

/**
 * Creates the carrier of one file. Fetches each page of the columns that are read once, and nothing between
 * them; keeps up to 64 MiB of pages that the next slice may need too.
 */
export function parquetCarrier(
  { path, bytes, held = [], columns }: SourceDescription,
  footer: Footer,
  fields: readonly ParquetField[],
): SliceCarrier {
  const file = openFetched(path, bytes, held);
  const windowOf = windowReader(file, footer);

  async function carry(slice: RowSlice, sources: readonly number[]): Promise<RowSlice> {
    const { chunks } = footer.rowGroups.at(slice.group, file);
    const wanted = sources.map((source) => ({
      source,
      field: fields[source]!,
      chunk: chunks[fields[source]!.leaf]!,
    }));
    const groupBytes = wanted.reduce((sum, { chunk }) => sum + chunk.bytes, 0);
    if (groupBytes <= mostGroupBytes) await file.fetch(wanted.map(({ chunk }) => wholeRange(chunk)));
    const windows = await withBytes(file, () => allWindows(path, slice, wanted, windowOf));
    const ranges = wanted.flatMap(({ source, field, chunk }) => [
      ...(field.type.kind === 'text' ? dictionaryHeader(chunk) : []),
      ...rangesOf(windows.get(source)!),
    ]);
    await file.fetch(ranges);
    const pieces = ranges.map(({ start, end }) => ({ start, bytes: file.read(start, end) }));
    return { ...slice, carried: { bytes: pieces, windows: [windows] } };
  }

  return sliceCarrier(file, columns, carry);
}

function wholeRange({ start, bytes }: ColumnChunk): ByteRange {
  return { start, end: start + bytes };
}

function rangesOf({ dictionaryStart, dictionaryEnd, start, end }: ColumnWindow): ByteRange[] {
  return [
    { start: dictionaryStart, end: dictionaryEnd },
    { start, end },
  ].filter((range) => range.end > range.start);
}

/**
 * Returns the windows of several columns; tries each even if another's pages are missing, so that they are
 * fetched side by side.
 */
function allWindows(
  path: string,
  slice: RowSlice,
  wanted: readonly { readonly source: number; readonly field: ParquetField }[],
  windowOf: (field: ParquetField, slice: RowSlice) => ColumnWindow,
): ReadonlyMap<number, ColumnWindow> {
  const windows = new Map<number, ColumnWindow>();
  let failure: { readonly error: unknown } | null = null;
  for (const { source, field } of wanted) {
    try {
      windows.set(source, windowOf(field, slice));
    } catch (error) {
      failure ??= { error: columnError(path, field, slice, error) };
    }
  }
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return windows;
}
