import type { Validity } from '../chunk/column.js';

/** Calls `visit` with every missing row, in order; reads `rows / 8` bytes if there is none. */
export function eachMissing(validity: Validity, rows: number, visit: (row: number) => void): void {
  if (validity === null) return;
  for (let byte = 0; byte * 8 < rows; byte++) {
    let missing = ~validity[byte]! & 0xff;
    while (missing !== 0) {
      const row = byte * 8 + 31 - Math.clz32(missing & -missing);
      if (row >= rows) return;
      visit(row);
      missing &= missing - 1;
    }
  }
}
