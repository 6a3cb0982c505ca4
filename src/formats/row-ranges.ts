/** Maximum number of rows of a slice: output columns take memory even if the input's are small. */
const mostRows = 2 ** 20;

/**
 * Yields ranges that cover `[0, rows)` in order, about equal, each of at most `chunkBytes` and 2^20 rows (but
 * at least one row).
 */
export function* rowRanges(
  rows: number,
  rowBytes: number,
  chunkBytes: number,
): Generator<{ readonly start: number; readonly end: number }> {
  const most = Math.min(mostRows, Math.max(1, Math.floor(chunkBytes / Math.max(1, rowBytes))));
  const count = Math.ceil(rows / most);
  for (let i = 0; i < count; i++) {
    yield { start: Math.floor((rows * i) / count), end: Math.floor((rows * (i + 1)) / count) };
  }
}
