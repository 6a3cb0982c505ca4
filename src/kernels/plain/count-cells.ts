import {
  CELL_BINS,
  CELL_BYTES,
  CELL_COUNT,
  CELL_COUNTS,
  CELL_FIGURES,
  CELL_FRACTIONS,
  CELL_GREATEST,
  CELL_LEAST,
  CELL_PRECISION,
  CELL_SQUARES,
  CELL_STARTS,
  CELL_SUM,
  CELLS,
  COUNTS,
  FIRST_BIN,
  FULL_PRECISION,
  GREATEST,
  IS_WHOLE,
  KEYS,
  LEAST,
  OTHER_COUNTS,
  OTHER_KEYS,
  RESULT,
  ROWS_BY_CELL,
  SQUARES,
  SUM,
  SUMS,
} from '../count-layout.js';
import type { CountLoops } from '../count-loops.js';
import { type CountBins, keyOf } from './count-bins.js';
import { type CountMemory, isMissing } from './count-memory.js';
import { measure } from './measure.js';

type CellLoops =
  | 'beginCells'
  | 'orderCells'
  | 'cellFloats32'
  | 'cellFloats64'
  | 'cellInts32'
  | 'cellInts64'
  | 'beginSums'
  | 'addCell'
  | 'sortCellBins'
  | 'gatherSums';

/** The loops that count a column by cell, with the keys of all cells in `bins`. */
export function cellLoops(memory: CountMemory, bins: CountBins): Pick<CountLoops, CellLoops> {
  const { buffer, bytes, words, floats, inputs, numbers, numberWords } = memory;
  const rowsByCell = new Uint16Array(buffer, ROWS_BY_CELL, 8192);
  let cellsCounted = 0;

  function countCells(values: ArrayLike<number | bigint>, mayMiss: boolean): number {
    for (let cell = 0; cell < cellsCounted; cell++) {
      const counts = CELL_COUNTS / 4 + cell * CELL_BINS;
      let finite = 0;
      for (let at = words[CELL_STARTS / 4 + cell]!; at < words[CELL_STARTS / 4 + cell + 1]!; at++) {
        const row = rowsByCell[at]!;
        const value = isMissing(memory, row, mayMiss) ? Number.NaN : Number(values[row]) + 0;
        if (Number.isFinite(value)) numbers[finite++] = value;
        else words[counts + (Number.isNaN(value) ? 0 : 1)]!++;
      }
      if (finite === 0) continue;
      measure(memory, finite);
      addBlock(memory, cell, finite);
      for (let i = 0; i < finite; i++) {
        const key = keyOf(numberWords[2 * i + 1]!, numberWords[2 * i]!, FULL_PRECISION - CELL_PRECISION);
        const bin = bins.get(key) ?? FIRST_BIN + bins.size;
        if (bin >= CELL_BINS) return 1;
        bins.set(key, bin);
        words[counts + bin]!++;
      }
    }
    return 0;
  }

  return {
    beginCells(cells) {
      cellsCounted = cells;
      bins.loops.beginBins(CELL_PRECISION);
      words.fill(0, CELL_COUNTS / 4, CELL_COUNTS / 4 + cells * CELL_BINS);
      floats.fill(0, figure(0, 0), figure(cells, 0));
      for (let cell = 0; cell < cells; cell++) {
        floats[figure(cell, CELL_LEAST)] = Number.POSITIVE_INFINITY;
        floats[figure(cell, CELL_GREATEST)] = Number.NEGATIVE_INFINITY;
      }
    },
    orderCells(rows, cells) {
      let next = 0;
      for (let cell = 0; cell <= cells; cell++) {
        words[CELL_STARTS / 4 + cell] = next;
        for (let row = 0; row < rows; row++) if (bytes[CELLS + row] === cell) rowsByCell[next++] = row;
      }
      words[CELL_STARTS / 4 + cells + 1] = next;
    },
    cellFloats32: () => countCells(inputs.floats32, false),
    cellFloats64: () => countCells(inputs.floats64, false),
    cellInts32: (mayMiss) => countCells(inputs.ints32, mayMiss),
    cellInts64: (mayMiss) => countCells(inputs.ints64, mayMiss),
    beginSums() {
      words.fill(0, SUMS / 4, SUMS / 4 + CELL_BINS);
    },
    addCell(cell) {
      const counts = CELL_COUNTS / 4 + cell * CELL_BINS;
      for (let bin = 0; bin < FIRST_BIN + bins.size; bin++) words[SUMS / 4 + bin]! += words[counts + bin]!;
    },
    sortCellBins: bins.loops.sortBins,
    gatherSums(sorted) {
      let found = 0;
      for (let i = 0; i < sorted; i++) {
        const times = words[SUMS / 4 + words[COUNTS / 4 + i]!]!;
        if (times === 0) continue;
        words[OTHER_KEYS / 4 + found] = words[KEYS / 4 + i]!;
        words[OTHER_COUNTS / 4 + found++] = times;
      }
      return found;
    },
  };
}

/** Adds the measured numbers of a block to the figures of a cell. */
function addBlock({ words, floats }: CountMemory, cell: number, rows: number): void {
  const slot = RESULT / 8;
  const before = floats[figure(cell, CELL_COUNT)]!;
  if (before > 0) {
    const apart = floats[slot + SUM]! / rows - floats[figure(cell, CELL_SUM)]! / before;
    floats[slot + SQUARES]! += apart * apart * ((before / (before + rows)) * rows);
  }
  const [least, greatest] = [figure(cell, CELL_LEAST), figure(cell, CELL_GREATEST)];
  floats[figure(cell, CELL_COUNT)] = before + rows;
  floats[figure(cell, CELL_SUM)]! += floats[slot + SUM]!;
  floats[figure(cell, CELL_SQUARES)]! += floats[slot + SQUARES]!;
  floats[least] = Math.min(floats[least]!, floats[slot + LEAST]!);
  floats[greatest] = Math.max(floats[greatest]!, floats[slot + GREATEST]!);
  if (words[RESULT / 4 + IS_WHOLE] === 0) floats[figure(cell, CELL_FRACTIONS)] = 1;
}

function figure(cell: number, slot: number): number {
  return (CELL_FIGURES + cell * CELL_BYTES) / 8 + slot;
}
