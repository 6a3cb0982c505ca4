import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { trimWhereGrown } from '../../workers/trim-memory.js';

/** Plain values by name, in little memory: what most of them have in common takes next to none. */
export interface PackedValues<T> {
  readonly size: number;
  has(name: string): boolean;
  /** Returns an equal value; in the order in which they were set some 20 microseconds, else up to a millisecond. */
  get(name: string): T | undefined;
  /** Sets a value; it must not change afterwards, and is kept as JSON. */
  set(name: string, value: T): void;
  /** Yields the values in the order in which their names were first set. */
  values(): Iterable<T>;
}

/** Values that are packed together: more take less memory, and more time if the order is another. */
const groupSize = 32;
/** Groups that are kept as values too, because readers in another order return to them. */
const keptGroups = 4;
/** After how many groups garbage is collected, if it is much. */
const trimEvery = 32;

/** Creates no values. */
export function createPackedValues<T>(): PackedValues<T> {
  const places = new Map<string, number>();
  const groups: Uint8Array[] = [];
  let last: T[] = [];
  let lastPlace = 0;
  const recent = new Map<number, readonly T[]>();
  let unpacked = 0;

  function groupAt(index: number): readonly T[] {
    if (index === groups.length) return last;
    const known = recent.get(index);
    if (known !== undefined) return known;
    const values = JSON.parse(inflateRawSync(groups[index]!).toString()) as T[];
    for (const oldest of recent.keys()) if (recent.size >= keptGroups) recent.delete(oldest);
    recent.set(index, values);
    // V8 does not see the buffers of what was unpacked.
    if (++unpacked % trimEvery === 0) trimWhereGrown();
    return values;
  }

  function valueAt(place: number): T {
    return groupAt(Math.floor(place / groupSize))[place % groupSize]!;
  }

  return {
    get size() {
      return places.size;
    },
    has: (name) => places.has(name),
    get(name) {
      const place = places.get(name);
      return place === undefined ? undefined : valueAt(place);
    },
    set(name, value) {
      places.set(name, lastPlace++);
      last.push(value);
      if (last.length < groupSize) return;
      // Copied, because the result is a part of a buffer of 16 KiB.
      groups.push(new Uint8Array(deflateRawSync(JSON.stringify(last), { level: 1 })));
      last = [];
    },
    *values() {
      for (const place of places.values()) yield valueAt(place);
    },
  };
}
