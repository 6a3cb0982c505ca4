import type { Column } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { type Cell, type CellValue, parseCell } from '../text/parse-cell.js';
import type { ArrowArray } from './arrow-array.js';
import type { CastMemory } from './cast-memory.js';
import { writtenOut } from './cast-string.js';
import { cellFound, cellText } from './cell-text.js';
import { fillMissing, miss, presenceOf } from './presence.js';

/**
 * Casts values of another kind than the plan's by their texts, like a CSV reader: strings that hold numbers
 * or dates, and values without a direct conversion. Parses each distinct text once per chunk (about 1 µs); a
 * row costs about 20 ns.
 */
export function castByText(array: ArrowArray, memory: CastMemory): Column {
  const { column, scratch } = memory;
  const { length } = array;
  const presence = presenceOf(array, scratch);
  const put = target(column.type, length, memory);
  const source = array.store === 'codes' ? array.dictionary : array;
  const texts = source.store === 'text' && source.type.kind === 'text' ? source : writtenOut(source);
  const table = memory.strings.table();
  const cells: Cell[] = [];
  for (let row = 0; row < length; row++) {
    if (!isPresent(presence.bits, row)) continue;
    const at = array.store === 'codes' ? array.codes[row]! : row;
    const id = table.id(texts.bytes, texts.offsets[at]!, texts.offsets[at + 1]!);
    cells[id] ??= parseCell(table.text(id), column);
    const { value, code } = cells[id];
    if (code !== null)
      memory.note(code, row, source === texts ? cellText(array, row) : cellFound(array, row));
    if (value === null) miss(presence, row, scratch, length);
    else put.set(row, value);
  }
  return put.column(presence.bits, presence);
}

interface Target {
  set(row: number, value: CellValue): void;
  column(validity: Uint8Array | null, presence: { bits: Uint8Array | null }): Column;
}

/** Returns the arrays for parsed values of the column's type, filled for missing rows. */
function target(type: Column['type'], length: number, { scratch }: CastMemory): Target {
  switch (type) {
    case 'int32':
    case 'date': {
      const values = scratch.int32(length);
      return {
        set: (row, value) => (values[row] = value as number),
        column: (validity, presence) => {
          fillMissing(values, presence, 0);
          return { type, length, values, validity };
        },
      };
    }
    case 'int64':
    case 'timestamp': {
      const values = scratch.int64(length);
      return {
        set: (row, value) => (values[row] = value as bigint),
        column: (validity, presence) => {
          fillMissing(values, presence, 0n);
          return { type, length, values, validity };
        },
      };
    }
    case 'float32':
    case 'float64': {
      const values = type === 'float32' ? scratch.float32(length) : scratch.float64(length);
      return {
        set: (row, value) => (values[row] = value as number),
        column: (validity, presence) => {
          fillMissing(values, presence, Number.NaN);
          return { type, length, values, validity } as Column;
        },
      };
    }
    case 'boolean': {
      const values = scratch.bytes(length);
      return {
        set: (row, value) => (values[row] = value === true ? 1 : 0),
        column: (validity, presence) => {
          fillMissing(values, presence, 0);
          return { type, length, values, validity };
        },
      };
    }
    case 'list<float32>': {
      const rows: (Float32Array | undefined)[] = new Array(length);
      return {
        set: (row, value) => (rows[row] = value as Float32Array),
        column: (validity) => {
          const offsets = scratch.int32(length + 1);
          offsets[0] = 0;
          for (let row = 0; row < length; row++) offsets[row + 1] = offsets[row]! + (rows[row]?.length ?? 0);
          const items = scratch.float32(offsets[length]!);
          for (let row = 0; row < length; row++) if (rows[row]) items.set(rows[row]!, offsets[row]!);
          return { type, length, offsets, items, validity };
        },
      };
    }
    case 'string':
      throw new Error('strings are not parsed');
  }
}
