import type { ArrowArray } from './arrow-array.js';

/** Copies an array to separate memory, if its views will not stay valid. */
export function ownedArray(array: ArrowArray): ArrowArray {
  const validity = array.validity?.slice() ?? null;
  switch (array.store) {
    case 'nothing':
      return array;
    case 'numbers':
      return { ...array, validity, values: array.values.slice() };
    case 'bits':
      return { ...array, validity, bits: array.bits.slice() };
    case 'fixed':
      return { ...array, validity, bytes: array.bytes.slice() };
    case 'text': {
      const offsets = array.offsets.slice(0, array.length + 1);
      return { ...array, validity, offsets, bytes: array.bytes.slice(0, offsets[array.length]) };
    }
    case 'codes':
      return { ...array, validity, codes: array.codes.slice(), dictionary: ownedArray(array.dictionary) };
    case 'list':
      return {
        ...array,
        validity,
        starts: array.starts.slice(),
        ends: array.ends.slice(),
        items: ownedArray(array.items),
      };
  }
}
