import type { Column, DictionaryColumn, ListColumn, TextColumn, Validity } from '../chunk/column.js';
import { allPresent, countMissing, isPresent, markMissing, markPresent } from '../chunk/validity.js';
import type { Stored } from './cell.js';

/** Changes cells of one column, fixed-width ones as codes; copies a bitmap first. `done` returns it. */
export interface ColumnEdit {
  /** Makes the cell missing. */
  clear(row: number): void;
  put(row: number, value: Stored): void;
  done(): Column;
}

/** Opens a column for changes; `done` rebuilds text columns and lists, at the price of one copy. */
export function editColumn(column: Column): ColumnEdit {
  if (column.type === 'string') return column.layout === 'dictionary' ? editCodes(column) : editText(column);
  if (column.type === 'list<float32>') return editLists(column);
  return editValues(column);
}

type FixedColumn = Exclude<Column, TextColumn | DictionaryColumn | ListColumn>;

function editValues(column: FixedColumn): ColumnEdit {
  const presence = editPresence(column.validity, column.length);
  const values = column.values as { [row: number]: number | bigint };
  const blank = blankOf(column);
  return {
    clear(row) {
      values[row] = blank;
      presence.clear(row);
    },
    put(row, value) {
      values[row] = value as number | bigint;
      presence.set(row);
    },
    done: () => ({ ...column, validity: presence.done() }),
  };
}

function blankOf(column: FixedColumn): number | bigint {
  if (column.values instanceof BigInt64Array) return 0n;
  return column.type === 'float32' || column.type === 'float64' ? Number.NaN : 0;
}

function editCodes(column: DictionaryColumn): ColumnEdit {
  const presence = editPresence(column.validity, column.length);
  const { codes } = column;
  let dictionary = column.dictionary;
  const knownCodes = new Map<string, number>();
  const codeOf = (text: string): number => {
    let code = knownCodes.get(text);
    if (code === undefined) {
      code = dictionary.indexOf(text);
      if (code < 0) {
        code = dictionary.length;
        dictionary = [...dictionary, text];
      }
      knownCodes.set(text, code);
    }
    return code;
  };
  return {
    clear(row) {
      codes[row] = -1;
      presence.clear(row);
    },
    put(row, value) {
      codes[row] = codeOf(value as string);
      presence.set(row);
    },
    done: () => ({ ...column, dictionary, validity: presence.done() }),
  };
}

function editText(column: TextColumn): ColumnEdit {
  const presence = editPresence(column.validity, column.length);
  const changes = new Map<number, Uint8Array>();
  return {
    clear(row) {
      changes.set(row, new Uint8Array(0));
      presence.clear(row);
    },
    put(row, value) {
      changes.set(row, Buffer.from(value as string));
      presence.set(row);
    },
    done() {
      const { offsets, items } = rebuild(column.offsets, column.bytes, changes, column.length, newBytes);
      return { ...column, offsets, bytes: items, validity: presence.done() };
    },
  };
}

function editLists(column: ListColumn): ColumnEdit {
  const presence = editPresence(column.validity, column.length);
  const changes = new Map<number, Float32Array>();
  return {
    clear(row) {
      changes.set(row, new Float32Array(0));
      presence.clear(row);
    },
    put(row, value) {
      changes.set(row, value as Float32Array);
      presence.set(row);
    },
    done() {
      const { offsets, items } = rebuild(column.offsets, column.items, changes, column.length, newFloats);
      return { ...column, offsets, items, validity: presence.done() };
    },
  };
}

interface Items<T> {
  readonly length: number;
  subarray(start: number, end: number): T;
  set(from: T, at: number): void;
}

const newBytes = (length: number): Uint8Array => new Uint8Array(length);
const newFloats = (length: number): Float32Array => new Float32Array(length);

/** Concatenates the rows' ranges again with replacements; copies everything between two changes at once. */
function rebuild<T extends Items<T>>(
  offsets: Int32Array,
  items: T,
  changes: ReadonlyMap<number, T>,
  rows: number,
  make: (length: number) => T,
): { offsets: Int32Array; items: T } {
  let length = offsets[rows]! - offsets[0]!;
  for (const [row, change] of changes) length += change.length - (offsets[row + 1]! - offsets[row]!);
  const rebuilt = { offsets: new Int32Array(rows + 1), items: make(length) };
  let first = 0;
  let end = 0;
  for (const row of [...[...changes.keys()].sort((a, b) => a - b), rows]) {
    rebuilt.items.set(items.subarray(offsets[first]!, offsets[row]!), end);
    const shift = end - offsets[first]!;
    for (let i = first; i < row; i++) rebuilt.offsets[i + 1] = offsets[i + 1]! + shift;
    end = offsets[row]! + shift;
    const change = changes.get(row);
    if (change === undefined) continue;
    rebuilt.items.set(change, end);
    end += change.length;
    rebuilt.offsets[row + 1] = end;
    first = row + 1;
  }
  return rebuilt;
}

/** Copies a bitmap before its first change, because a decoder may share one among columns. */
function editPresence(validity: Validity, rows: number) {
  let copy: Uint8Array | null = null;
  return {
    clear(row: number): void {
      copy ??= validity === null ? allPresent(rows) : validity.slice();
      markMissing(copy, row);
    },
    set(row: number): void {
      if (isPresent(copy ?? validity, row)) return;
      copy ??= (validity as Uint8Array).slice();
      markPresent(copy, row);
    },
    done(): Validity {
      if (copy === null) return validity;
      return countMissing(copy, rows) === 0 ? null : copy;
    },
  };
}
