import { type ColumnShape, fitOf } from './column-shapes.js';

/** Maximum number of surplus cells of a row for joining. */
export const mostJoined = 40;

/**
 * Joins a row's cells into as many as there are columns if texts contain its delimiter: the one way in which
 * every cell fits its column and no cell is left over. Null if there is none or more than one. `endsFirm`
 * says that the last column takes one cell only. Tests each run of cells under each column it may belong to,
 * by dynamic programming.
 */
export function segmentRow(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  delimiter: string,
  endsFirm: boolean,
): string[] | null {
  const fields = shapes.length;
  const extra = cells.length - fields;
  if (extra < 1 || extra > mostJoined) return null;
  // ways[c][e]: in how many ways (at most two) c columns take c + e cells; took[c][e]: cells of the last.
  let ways = new Uint8Array(extra + 1);
  ways[0] = 1;
  const took: Uint8Array[] = [];
  for (let column = 0; column < fields; column++) {
    const next = new Uint8Array(extra + 1);
    const taken = new Uint8Array(extra + 1);
    const most = endsFirm && column === fields - 1 ? 0 : extra;
    for (let before = 0; before <= extra; before++) {
      if (ways[before] === 0) continue;
      let cell = '';
      for (let more = 0; more <= Math.min(most, extra - before); more++) {
        const part = cells[column + before + more]!;
        cell = more === 0 ? part : cell + delimiter + part;
        if (fitOf(cell, shapes[column]!) === 0) continue;
        const after = before + more;
        next[after] = Math.min(2, next[after]! + ways[before]!);
        taken[after] = more + 1;
      }
    }
    ways = next;
    took.push(taken);
  }
  if (ways[extra] !== 1) return null;
  const joined: string[] = new Array<string>(fields);
  let end = cells.length;
  for (let column = fields - 1; column >= 0; column--) {
    const start = end - took[column]![end - column - 1]!;
    joined[column] = cells.slice(start, end).join(delimiter);
    end = start;
  }
  return joined;
}
