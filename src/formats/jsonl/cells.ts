import { token } from './scan-line.js';

/** The tokens of a slice's rows for the read keys: `kinds[slot * capacity + row]` and their byte ranges. */
export interface Cells {
  readonly capacity: number;
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Creates the cells of `slots` keys and `capacity` rows, all of them absent; 9 bytes each. */
export function createCells(slots: number, capacity: number): Cells {
  const count = slots * capacity;
  return {
    capacity,
    kinds: new Uint8Array(count),
    starts: new Int32Array(count),
    ends: new Int32Array(count),
  };
}

/** Records a token; for a repeated key an equal token changes nothing, another one makes it doubtful. */
export function putCell(
  { capacity, kinds, starts, ends }: Cells,
  bytes: Uint8Array,
  slot: number,
  row: number,
  kind: number,
  start: number,
  end: number,
): void {
  const at = slot * capacity + row;
  if (kinds[at] === token.absent) {
    kinds[at] = kind;
    starts[at] = start;
    ends[at] = end;
  } else if (kinds[at] !== kind || !isSame(bytes, starts[at]!, ends[at]!, start, end))
    kinds[at] = token.repeated;
}

function isSame(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = 0; start + i < end; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}
