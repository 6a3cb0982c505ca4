import { type BinSum, createBinSum } from './bin-sum.js';
import type { BinList, PackedBins } from './column-bins.js';
import type { ColumnProfile } from './column-profile.js';
import { sealDistinct } from './distinct.js';
import { type SegmentQuality, segmentKey } from './segment.js';
import { emptyQuality, mergeQuality, type SliceQuality } from './slice-quality.js';

/**
 * Accumulates the quality of slices in two parts: everything that depends on the order of the input, slice by slice and without bins; and
 * bins and registers, the bulk of it, in any order and for any number of added slices at a time.
 */
export interface QualitySum {
  /** Adds a slice's quality without its bins, in the order of the input; about a microsecond for a column. */
  add(light: SliceQuality): void;
  /** Adds the bins of some slices. */
  addBins(bins: PackedBins): void;
  /** Returns the quality of all added slices: equal to `mergeQuality` of them one by one. */
  quality(): SliceQuality;
}

/** Creates an empty sum. */
export function createQualitySum(): QualitySum {
  let light = emptyQuality();
  const bins = createBinSum();
  return {
    add(slice) {
      light = mergeQuality(light, slice);
    },
    addBins: (more) => bins.add(more),
    quality: () => ({
      ...light,
      raw: light.raw.map((profile) => whole(profile, bins, 'raw')),
      used: light.used.map((profile) => whole(profile, bins, 'used')),
      outputs: light.outputs.map((profile) => whole(profile, bins, 'outputs')),
      segments: light.segments.map((segment) => ({
        ...segment,
        columns: segment.columns.map((one) =>
          segmentWhole(one, bins, segmentBins(segment, 'columns', one.name)),
        ),
        outputs: segment.outputs.map((one) =>
          segmentWhole(one, bins, segmentBins(segment, 'outputs', one.name)),
        ),
      })),
    }),
  };
}

/** The name under which a segment's column is binned. */
export function segmentBins(
  segment: Pick<SegmentQuality, 'slice' | 'kind' | 'value'>,
  list: 'columns' | 'outputs',
  name: string,
): string {
  return `${segmentKey(segment)} ${list} ${name}`;
}

/** Returns the profile with its bins; a segment's has no registers. */
function segmentWhole(profile: ColumnProfile, bins: BinSum, key: string): ColumnProfile {
  return { ...whole(profile, bins, 'segments', key), distinct: '' };
}

function whole(profile: ColumnProfile, bins: BinSum, list: BinList, name = profile.name): ColumnProfile {
  const { sketch, ranks } = bins.column(list, name)!;
  const { numbers } = profile;
  return {
    ...profile,
    distinct: ranks === null ? '' : sealDistinct(ranks),
    numbers: numbers === null ? null : { ...numbers, sketch: sketch.sketch() },
  };
}
