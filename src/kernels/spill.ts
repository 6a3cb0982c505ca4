import type { Arena } from './arena.js';
import { escaped } from './tables.js';

const encoder = new TextEncoder();
const leastBytes = 65_536;

/** A row's cells in memory: each text followed by an LF, null for none; the first is at `address`. */
export interface WrittenCells {
  readonly texts: readonly (string | null)[];
  readonly address: number;
  readonly isAscii: boolean;
}

/**
 * Memory outside the block for rows that were read elsewhere. Rows point into it, so its contents never move.
 */
interface Spill {
  clear(): void;
  /** Allocates bytes and returns their address. */
  take(bytes: number): number;
  /** Returns what was allocated last and begins at `end`. */
  release(end: number): void;
  /** Writes the cells of a row, `fields` of them. */
  write(cells: readonly (string | null)[], fields: number, quote: number): WrittenCells;
  /** Copies a row cut at every delimiter, quoting cells with quotes; returns the location of the copy. */
  copyQuoted(start: number, end: number, delimiter: number, quote: number): [start: number, end: number];
}

/** Opens the spill of one arena. */
export function openSpill(arena: Arena): Spill {
  let top = 0;
  let limit = 0;

  function take(bytes: number): number {
    if (top + bytes > limit) {
      const size = Math.max(leastBytes, bytes);
      top = arena.take(size);
      limit = top + size;
    }
    const address = top;
    top += bytes;
    return address;
  }

  return {
    clear() {
      top = limit = 0;
    },
    take,
    release(end) {
      top = end;
    },
    write(cells, fields, quote) {
      const mark = String.fromCharCode(quote);
      const texts: (string | null)[] = [];
      let text = '';
      for (let field = 0; field < fields; field++) {
        const cell = cells[field] ?? null;
        const isQuoted = cell !== null && quote !== 0 && cell.includes(mark);
        const written = isQuoted ? `${mark}${escaped(cell, quote)}${mark}` : cell;
        texts.push(written);
        if (written !== null) text += `${written}\n`;
      }
      const address = take(text.length * 3 + fields + 1);
      const { written } = encoder.encodeInto(text, arena.u8().subarray(address, address + text.length * 3));
      top = address + written + fields + 1;
      return { texts, address, isAscii: written === text.length };
    },
    copyQuoted(start, end, delimiter, quote) {
      const copy = take(4 * (end - start));
      const u8 = arena.u8();
      let out = copy;
      for (let cell = start; cell <= end; cell++) {
        let cellEnd = cell;
        let quotes = 0;
        for (; cellEnd < end && u8[cellEnd] !== delimiter; cellEnd++) if (u8[cellEnd] === quote) quotes++;
        if (quotes > 0) u8[out++] = quote;
        for (; cell < cellEnd; cell++) {
          if (u8[cell] === quote) u8[out++] = quote;
          u8[out++] = u8[cell]!;
        }
        if (quotes > 0) u8[out++] = quote;
        if (cell < end) u8[out++] = delimiter;
      }
      top = out;
      return [copy, out];
    },
  };
}
