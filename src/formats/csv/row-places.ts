/** Where a row lies in a block; `taken` is where a quote stood that was taken out by moving what was before it one byte on, -1 for none. */
export interface RowPlace {
  readonly start: number;
  readonly end: number;
  readonly taken: number;
}

/** Where rows lie in a block, for the few that are looked up: four numbers a row, added in the order of the rows. */
export interface RowPlaces {
  add(row: number, start: number, end: number, taken?: number): void;
  /** The bytes of a row, null for one that was not added: a binary search. */
  find(row: number): RowPlace | null;
}

/** No rows yet. */
export function rowPlaces(): RowPlaces {
  const rows: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const takens: number[] = [];
  return {
    add(row, start, end, taken = -1) {
      rows.push(row);
      starts.push(start);
      ends.push(end);
      takens.push(taken);
    },
    find(row) {
      let low = 0;
      let high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (rows[middle]! < row) low = middle + 1;
        else high = middle;
      }
      return rows[low] === row ? { start: starts[low]!, end: ends[low]!, taken: takens[low]! } : null;
    },
  };
}

/** A row's bytes as they stood in the file. */
export function bytesOf(block: Buffer, { start, end, taken }: RowPlace): Buffer {
  if (taken < 0) return block.subarray(start, end);
  const bytes = Buffer.from(block.subarray(start, end));
  bytes.copyWithin(0, 1, taken - start + 1);
  bytes[taken - start] = block[start]!;
  return bytes;
}
