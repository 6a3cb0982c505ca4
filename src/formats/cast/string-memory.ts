import { type ByteTable, byteTable } from '../../chunk/byte-table.js';
import type { ReadColumn } from '../../chunk/read-plan.js';

/** Strings seen so far, kept across chunks so that each is decoded once; cleared beyond 64 Ki or 8 MiB. */
export interface StringMemory {
  /** The table, with the column's categories first: category i has the number `categoryIds[i]`. */
  table(): ByteTable;
}

/** Creates a string memory for one column. */
export function stringMemory(column: ReadColumn): StringMemory {
  let table: ByteTable | null = null;
  return {
    table() {
      if (table !== null && table.size <= 65_536 && table.byteLength <= 8 * 1024 * 1024) return table;
      table = byteTable();
      for (const category of column.categories) {
        const bytes = Buffer.from(category);
        table.id(bytes, 0, bytes.length);
      }
      return table;
    },
  };
}
