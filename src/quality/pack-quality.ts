import type { ColumnProfile } from './column-profile.js';
import { openDistinct, registers } from './distinct.js';
import { emptySketch } from './sketch.js';
import type { SliceQuality } from './slice-quality.js';

/** A slice's quality as it goes from one process to another: what is most of it laid end to end in two arrays, which are copied as they are. */
export interface PackedQuality {
  /** Without bins and registers. */
  readonly quality: SliceQuality;
  /** For each column (raw, used, outputs, those of segments): whether it has registers, its sketch's precision (-1: no numbers), how many bins, their keys, their counts. */
  readonly bins: Int32Array;
  /** The registers of the columns that have any. */
  readonly registers: Uint8Array;
}

/** What was packed of one column beside its light part. */
export interface PackedColumn {
  readonly precision: number;
  readonly keys: Int32Array;
  readonly counts: Int32Array;
  /** Null where no value was seen. */
  readonly registers: Uint8Array | null;
}

/** Packs the quality of one slice: its counts must be below 2^31. */
export function packQuality(quality: SliceQuality): PackedQuality {
  const columns = [...quality.raw, ...quality.used, ...quality.outputs, ...ofSegments(quality)];
  const bins = new Int32Array(columns.reduce((sum, { numbers }) => sum + 3 + 2 * binsOf(numbers), 0));
  const counted = columns.filter(({ distinct }) => distinct !== '');
  const all = new Uint8Array(counted.length * registers);
  for (const [i, { distinct }] of counted.entries()) openDistinct(distinct, all.subarray(i * registers));
  let at = 0;
  for (const { numbers, distinct } of columns) {
    bins[at++] = distinct === '' ? 0 : 1;
    bins[at++] = numbers === null ? -1 : numbers.sketch.precision;
    bins[at++] = binsOf(numbers);
    if (numbers === null) continue;
    const { keys, counts } = numbers.sketch;
    bins.set(keys, at);
    bins.set(counts, at + keys.length);
    at += 2 * keys.length;
  }
  const lighter = (list: readonly ColumnProfile[]) => list.map(light);
  return {
    quality: {
      ...quality,
      raw: lighter(quality.raw),
      used: lighter(quality.used),
      outputs: lighter(quality.outputs),
      segments: quality.segments.map((segment) => ({
        ...segment,
        columns: lighter(segment.columns),
        outputs: lighter(segment.outputs),
      })),
    },
    bins,
    registers: all,
  };
}

/** What was packed of each column, in order, as views. */
export function* packedColumns({ quality, bins, registers: all }: PackedQuality): Generator<PackedColumn> {
  let at = 0;
  let register = 0;
  const { raw, used, outputs } = quality;
  for (let i = raw.length + used.length + outputs.length + ofSegments(quality).length; i > 0; i--) {
    const [has, precision, length] = [bins[at]!, bins[at + 1]!, bins[at + 2]!];
    at += 3;
    yield {
      precision,
      keys: bins.subarray(at, at + length),
      counts: bins.subarray(at + length, at + 2 * length),
      registers: has === 0 ? null : all.subarray(register, register + registers),
    };
    at += 2 * length;
    register += has * registers;
  }
}

/** The profiles of a quality's segments, in the order in which they are packed. */
function ofSegments({ segments }: SliceQuality): readonly ColumnProfile[] {
  return segments.flatMap(({ columns, outputs }) => [...columns, ...outputs]);
}

function binsOf(numbers: ColumnProfile['numbers']): number {
  return numbers === null ? 0 : numbers.sketch.keys.length;
}

function light(profile: ColumnProfile): ColumnProfile {
  const { numbers } = profile;
  return {
    ...profile,
    distinct: '',
    numbers: numbers === null ? null : { ...numbers, sketch: emptySketch() },
  };
}
