import { isPresent } from '../../chunk/validity.js';
import { type ArrowArray, type Numbers, valueType } from './arrow-array.js';
import { floatDigits } from './arrow-type.js';
import type { CastMemory } from './cast-memory.js';
import { cellFound, cellText, float32Text } from './cell-text.js';
import type { Presence } from './presence.js';

type Floats = Float32Array | Float64Array;

/**
 * Records the rows whose number was read as a float that cannot hold it exactly, if the column's values must
 * be kept: whole numbers and decimals, and with `exact: all` 64-bit floats read as 32-bit ones. Costs one
 * comparison for each whole number that is not large.
 */
export function noteShortened(
  array: ArrowArray,
  source: Numbers,
  values: Floats,
  presence: Presence,
  memory: CastMemory,
): void {
  const { exact } = memory.column;
  if (exact === undefined) return;
  const isLost = lossOf(array, source, values, exact === 'all');
  if (isLost === null) return;
  for (let row = 0; row < values.length; row++) {
    if (isLost(row) && isPresent(presence.bits, row)) memory.note('shortened', row, cellFound(array, row));
  }
}

/** Returns true for each row that lost something; null if no row of the type can. */
function lossOf(
  array: ArrowArray,
  source: Numbers,
  values: Floats,
  floatsToo: boolean,
): ((row: number) => boolean) | null {
  const isNarrow = values instanceof Float32Array;
  const type = valueType(array);
  const { kind } = type;
  if (type.kind === 'decimal') {
    if (!isNarrow && type.precision <= floatDigits) return null;
    return (row) => {
      const value = values[row]!;
      if (!Number.isFinite(value)) return false;
      return digitsOf(isNarrow ? float32Text(value) : String(value)) !== digitsOf(cellText(array, row));
    };
  }
  if (kind === 'float') {
    if (!isNarrow || !floatsToo || !(source instanceof Float64Array)) return null;
    return (row) => values[row] !== source[row] && Number.isFinite(values[row]);
  }
  if (kind !== 'int' && kind !== 'duration') return null;
  const whole = isNarrow ? 2 ** 24 : 2 ** 53;
  return (row) => {
    const value = values[row]!;
    return Math.abs(value) >= whole && Number.isFinite(value) && BigInt(value) !== BigInt(source[row]!);
  };
}

/** Returns a number's significant digits with their power of ten: `-125e-1` for -12.50 and -12.5. */
function digitsOf(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)\.?(\d*)(?:e([+-]\d+))?$/.exec(text)!;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
