import { columnTypes } from '../chunk/column.js';
import type { ColumnProfile } from './column-profile.js';
import { emptySketch } from './sketch.js';
import type { SliceQuality } from './slice-quality.js';

/** Profiles without bins and registers, sent between processes as one array of numbers. */
interface LightColumns {
  readonly names: readonly string[];
  readonly figures: Float64Array;
  /** Values that are not numbers, by the index of their profile; only of profiles that have any. */
  readonly others: readonly (readonly [number, Pick<ColumnProfile, 'exact' | 'values' | 'unknownValues'>])[];
}

/** The quality of a slice, without bins and registers, for sending between processes. */
export interface LightQuality extends Omit<SliceQuality, 'raw' | 'used' | 'outputs'> {
  readonly raw: LightColumns;
  readonly used: LightColumns;
  readonly outputs: LightColumns;
}

/**
 * The same after its arrival: a profile is created when iteration reaches it, so that only one exists at a
 * time.
 */
export interface ArrivedQuality extends Omit<SliceQuality, 'raw' | 'used' | 'outputs'> {
  readonly raw: Iterable<ColumnProfile>;
  readonly used: Iterable<ColumnProfile>;
  readonly outputs: Iterable<ColumnProfile>;
}

/** Packs a quality whose profiles have no bins and no registers. */
export function packLight(quality: SliceQuality): LightQuality {
  const { raw, used, outputs } = quality;
  return { ...quality, raw: packColumns(raw), used: packColumns(used), outputs: packColumns(outputs) };
}

/** Unpacks a quality after it has arrived. */
export function unpackLight(packed: LightQuality): ArrivedQuality {
  const each = (columns: LightColumns) => ({ [Symbol.iterator]: () => unpackColumns(columns) });
  return { ...packed, raw: each(packed.raw), used: each(packed.used), outputs: each(packed.outputs) };
}

/**
 * Figures of a column: type, rows, missing, absent, unknown, trues; its numbers; its lengths. Null is NaN.
 */
const ofRows = 6;
const ofNumbers = 9;
const ofLengths = 4;
const each = ofRows + ofNumbers + ofLengths;

const none = Number.NaN;

function packColumns(columns: readonly ColumnProfile[]): LightColumns {
  const figures = new Float64Array(each * columns.length).fill(none);
  const others: LightColumns['others'][number][] = [];
  for (const [i, column] of columns.entries()) {
    const { type, rows, missing, absent, unknown, trues, numbers, lengths } = column;
    const { exact, values, unknownValues } = column;
    let at = each * i;
    figures[at] = columnTypes.indexOf(type);
    figures[at + 1] = rows;
    figures[at + 2] = missing;
    figures[at + 3] = absent;
    figures[at + 4] = unknown;
    figures[at + 5] = trues ?? none;
    at += ofRows;
    if (numbers !== null) {
      figures[at] = numbers.count;
      figures[at + 1] = numbers.nan;
      figures[at + 2] = numbers.infinite;
      figures[at + 3] = numbers.whole ? 1 : 0;
      figures[at + 4] = numbers.min ?? none;
      figures[at + 5] = numbers.max ?? none;
      figures[at + 6] = numbers.sum;
      figures[at + 7] = numbers.carry;
      figures[at + 8] = numbers.squares;
    }
    at += ofNumbers;
    if (lengths !== null) {
      figures[at] = lengths.count;
      figures[at + 1] = lengths.min;
      figures[at + 2] = lengths.max;
      figures[at + 3] = lengths.sum;
    }
    if (exact !== null || values !== null || unknownValues !== null)
      others.push([i, { exact, values, unknownValues }]);
  }
  return { names: columns.map(({ name }) => name), figures, others };
}

const nothing = { exact: null, values: null, unknownValues: null };
const noSketch = emptySketch();

function* unpackColumns({ names, figures, others }: LightColumns): Generator<ColumnProfile> {
  const known = new Map(others);
  const orNull = (figure: number) => (Number.isNaN(figure) ? null : figure);
  for (const [i, name] of names.entries()) {
    const at = each * i;
    const numbers = at + ofRows;
    const lengths = numbers + ofNumbers;
    const { exact, values, unknownValues } = known.get(i) ?? nothing;
    yield {
      name,
      type: columnTypes[figures[at]!]!,
      rows: figures[at + 1]!,
      missing: figures[at + 2]!,
      absent: figures[at + 3]!,
      unknown: figures[at + 4]!,
      distinct: '',
      numbers: Number.isNaN(figures[numbers]!)
        ? null
        : {
            count: figures[numbers]!,
            nan: figures[numbers + 1]!,
            infinite: figures[numbers + 2]!,
            whole: figures[numbers + 3] === 1,
            min: orNull(figures[numbers + 4]!),
            max: orNull(figures[numbers + 5]!),
            sum: figures[numbers + 6]!,
            carry: figures[numbers + 7]!,
            squares: figures[numbers + 8]!,
            sketch: noSketch,
          },
      exact,
      values,
      unknownValues,
      lengths: Number.isNaN(figures[lengths]!)
        ? null
        : {
            count: figures[lengths]!,
            min: figures[lengths + 1]!,
            max: figures[lengths + 2]!,
            sum: figures[lengths + 3]!,
          },
      trues: orNull(figures[at + 5]!),
    };
  }
}
