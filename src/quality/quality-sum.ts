import { addRows } from '../chunk/row-counts.js';
import { noBinBytes } from './bin-bytes.js';
import { type BinSum, createBinSum } from './bin-sum.js';
import { type BinList, type BinPacker, createBinPacker, type PackedBins } from './column-bins.js';
import { type ColumnProfile, mergeProfiles } from './column-profile.js';
import { sealDistinct } from './distinct.js';
import { sketchBytes } from './held-sketch.js';
import type { ArrivedQuality } from './light-quality.js';
import { mergeProblems } from './problem-count.js';
import { mergeSegments, type SegmentQuality, segmentKey } from './segment.js';
import { emptySketch, fullPrecision } from './sketch.js';
import { emptyQuality, type SliceQuality } from './slice-quality.js';

/**
 * Accumulates the quality of slices in two parts: what depends on the order of the input, slice by slice and
 * without bins; and bins and registers, the bulk of it, in any order and for any number of slices at a time.
 */
export interface QualitySum {
  /** Adds a slice's quality without its bins, in the order of the input; about a microsecond for a column. */
  add(light: ArrivedQuality): void;
  /**
   * Adds a quality with its bins; its sketches may be as they are in a JSON file. Some 3 microseconds for a
   * column.
   */
  addWhole(quality: SliceQuality): void;
  /** Adds the bins of some slices. */
  addBins(bins: PackedBins): void;
  /** Returns the quality of all added slices: equal to `mergeQuality` of them one by one. */
  quality(): SliceQuality;
}

/** Creates an empty sum. */
export function createQualitySum(): QualitySum {
  const bins = createBinSum();
  let { rows, problems, segments } = emptyQuality();
  const raw = new Map<string, ColumnProfile>();
  const used = new Map<string, ColumnProfile>();
  const outputs = new Map<string, ColumnProfile>();
  const packer = createBinPacker();

  function add(slice: ArrivedQuality): void {
    rows = addRows(rows, slice.rows);
    problems = mergeProblems(problems, slice.problems);
    segments = mergeSegments(segments, slice.segments);
    addUsed(used, raw, slice);
    for (const profile of slice.raw) addProfile(raw, profile);
    for (const profile of slice.outputs) addProfile(outputs, profile);
  }

  return {
    add,
    addWhole(quality) {
      add(withoutBins(quality));
      packer.clear();
      for (const list of ['raw', 'used', 'outputs'] as const)
        for (const profile of quality[list]) packProfile(packer, list, profile.name, profile);
      // Records of partitions from earlier versions have none.
      for (const segment of quality.segments ?? [])
        for (const list of ['columns', 'outputs'] as const)
          for (const profile of segment[list])
            packProfile(packer, 'segments', segmentBins(segment, list, profile.name), profile);
      bins.add(packer.packed());
    },
    addBins: (more) => bins.add(more),
    quality: () => ({
      rows,
      problems,
      raw: [...raw.values()].map((profile) => whole(profile, bins, 'raw')),
      used: [...used.values()].map((profile) => whole(profile, bins, 'used')),
      outputs: [...outputs.values()].map((profile) => whole(profile, bins, 'outputs')),
      segments: segments.map((segment) => ({
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

function packProfile(packer: BinPacker, list: BinList, name: string, profile: ColumnProfile): void {
  const { numbers, distinct } = profile;
  if (numbers === null) packer.addSealed(list, name, fullPrecision, noBinBytes, distinct);
  else {
    const held = sketchBytes(numbers.sketch);
    // The precision of no values says nothing.
    const precision = held.bins === 0 ? fullPrecision : numbers.sketch.precision;
    packer.addSealed(list, name, precision, held, distinct);
  }
}

/** Returns a quality whose profiles have no bins and no registers. */
function withoutBins({ rows, problems, raw, used, outputs, segments }: SliceQuality): ArrivedQuality {
  return {
    rows,
    problems,
    raw: raw.map(lightProfile),
    used: used.map(lightProfile),
    outputs: outputs.map(lightProfile),
    segments: (segments ?? []).map((segment) => ({
      ...segment,
      columns: segment.columns.map(lightProfile),
      outputs: segment.outputs.map(lightProfile),
    })),
  };
}

function lightProfile(profile: ColumnProfile): ColumnProfile {
  const { numbers } = profile;
  return { ...profile, distinct: '', numbers: numbers === null ? null : { ...numbers, sketch: noSketch } };
}

const noSketch = emptySketch();

/** Adds the changed columns as `mergeQuality` does, before the raw ones are added. */
function addUsed(
  used: Map<string, ColumnProfile>,
  raw: ReadonlyMap<string, ColumnProfile>,
  slice: ArrivedQuality,
): void {
  const changed = new Map([...slice.used].map((profile) => [profile.name, profile]));
  for (const name of changed.keys()) {
    const before = raw.get(name);
    if (!used.has(name) && before !== undefined) used.set(name, copyOf(before));
  }
  for (const profile of changed.values()) addProfile(used, profile);
  if (used.size === changed.size) return;
  for (const profile of slice.raw)
    if (used.has(profile.name) && !changed.has(profile.name)) addProfile(used, profile);
}

/**
 * Merges a profile into the one with its name, in place: thousands of new ones for every slice would outlive
 * the young generation, and wait for the next full collection.
 */
function addProfile(sums: Map<string, ColumnProfile>, profile: ColumnProfile): void {
  const sum = sums.get(profile.name);
  if (sum === undefined) {
    sums.set(profile.name, copyOf(profile));
    return;
  }
  const { numbers } = sum;
  const merged = mergeProfiles(sum, profile);
  const inPlace = numbers !== null && merged.numbers !== null;
  Object.assign(sum, merged, inPlace ? { numbers: Object.assign(numbers, merged.numbers) } : {});
}

/** Returns a copy that may be changed. */
function copyOf(profile: ColumnProfile): ColumnProfile {
  const { numbers } = profile;
  return { ...profile, numbers: numbers === null ? null : { ...numbers } };
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
    numbers: numbers === null ? null : { ...numbers, sketch },
  };
}
