import type { CarriedBytes, RowSlice } from '../chunk/slice.js';

/** The size of a row group (Parquet) or record batch (Arrow), as `rowSlices` cuts it. */
export interface GroupSize {
  readonly rows: number;
  /** Average bytes of a row, for sizing slices. */
  readonly rowBytes: number;
  /** True if it cannot share a slice with the group before it. */
  readonly beginsAnew?: boolean;
}

/** Maximum number of rows of a slice: output columns take memory even if the input's are small. */
const mostRows = 2 ** 20;

/** Row groups are joined in one slice if at least this many of their size fit into it. */
const leastJoined = 4;

/** Yields the slices of groups in order: parts of a large group, or several small ones. */
export async function* rowSlices(
  groups: AsyncIterable<GroupSize> | Iterable<GroupSize>,
  file: { readonly bytes: number; readonly rows: number },
  chunkBytes: number,
): AsyncGenerator<RowSlice> {
  let [index, group, firstRow] = [0, 0, 1];
  let joined: { readonly group: number; readonly groupRows: number[]; rows: number; room: number } | null =
    null;

  function sliceOf(group: number, start: number, end: number, groupRows: readonly number[] = []): RowSlice {
    const inputBytes = (file.bytes * (end - start)) / file.rows;
    const slice = { kind: 'rows', index: index++, start, end, group, firstRow, inputBytes } as const;
    firstRow += end - start;
    return groupRows.length > 1 ? { ...slice, groupRows } : slice;
  }

  function* finishJoined(): Generator<RowSlice> {
    if (joined !== null && joined.rows > 0) yield sliceOf(joined.group, 0, joined.rows, joined.groupRows);
    joined = null;
  }

  for await (const { rows, rowBytes, beginsAnew = false } of groups) {
    const most = Math.min(mostRows, Math.max(1, Math.floor(chunkBytes / Math.max(1, rowBytes))));
    const share = rows / most;
    const isLarge = share * leastJoined > 1;
    if (joined !== null && (isLarge || beginsAnew || share > joined.room)) yield* finishJoined();
    if (isLarge) {
      for (const { start, end } of rowRanges(rows, most)) yield sliceOf(group, start, end);
    } else {
      joined ??= { group, groupRows: [], rows: 0, room: 1 };
      joined.groupRows.push(rows);
      joined.rows += rows;
      joined.room -= share;
    }
    group++;
  }
  yield* finishJoined();
}

/** Yields ranges that cover `[0, rows)` in order, about equal, each of at most `most` rows. */
function* rowRanges(rows: number, most: number): Generator<{ readonly start: number; readonly end: number }> {
  const count = Math.ceil(rows / most);
  for (let i = 0; i < count; i++) {
    yield { start: Math.floor((rows * i) / count), end: Math.floor((rows * (i + 1)) / count) };
  }
}

/** Returns a slice as slices of one group each; those of groups without rows are left out. */
export function slicesByGroup(slice: RowSlice): readonly RowSlice[] {
  const { groupRows, carried, ...one } = slice;
  if (groupRows === undefined) return [slice];
  const share = one.inputBytes / (one.end - one.start);
  let { firstRow } = one;
  let next = 0;
  return groupRows.flatMap((rows, i) => {
    if (rows === 0) return [];
    const windows = carried?.windows?.[next++];
    const part: CarriedBytes = { bytes: [], ...(windows === undefined ? {} : { windows: [windows] }) };
    const its = { group: one.group + i, start: 0, end: rows, firstRow, inputBytes: share * rows };
    firstRow += rows;
    return { ...one, ...its, ...(carried === undefined ? {} : { carried: part }) };
  });
}
