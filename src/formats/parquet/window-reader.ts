import type { RowSlice } from '../../chunk/slice.js';
import type { PositionedFile } from '../positioned-file.js';
import { type ColumnWindow, pageWindows, wholeChunk } from './column-window.js';
import type { ParquetField } from './parquet-field.js';
import type { Footer } from './read-footer.js';

/**
 * Smaller chunks are read whole for every slice: finding their pages costs more, unless few bytes expand to
 * many.
 */
const smallChunkBytes = 64 * 1024;
const smallDecodedBytes = 32 * smallChunkBytes;

/** Finds the pages of a slice; keeps the pages of the last row group. */
export function windowReader(
  file: PositionedFile,
  footer: Footer,
): (field: ParquetField, slice: RowSlice) => ColumnWindow {
  let group = -1;
  let known = new Map<number, (start: number, end: number) => ColumnWindow>();
  return (field, slice) => {
    const { rows, chunks } = footer.rowGroups.at(slice.group, file);
    const chunk = chunks[field.leaf]!;
    const whole = slice.start === 0 && slice.end === rows;
    const flat = field.type.kind !== 'list';
    const small = chunk.bytes < smallChunkBytes && chunk.uncompressedBytes < smallDecodedBytes;
    if (!flat || (!chunk.endUnknown && (whole || small))) return wholeChunk(chunk, rows);
    if (group !== slice.group) {
      group = slice.group;
      known = new Map();
    }
    let windows = known.get(field.leaf);
    if (windows === undefined) known.set(field.leaf, (windows = pageWindows(file, chunk, rows)));
    return windows(slice.start, slice.end);
  };
}
