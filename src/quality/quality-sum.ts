import type { ColumnProfile } from './column-profile.js';
import { raiseRanks, registers, sealDistinct } from './distinct.js';
import { type PackedColumn, type PackedQuality, packedColumns } from './pack-quality.js';
import { type SegmentQuality, segmentKey } from './segment.js';
import { createSketchSum, type SketchSum } from './sketch-sum.js';
import { emptyQuality, mergeQuality, type SliceQuality } from './slice-quality.js';

/** The quality of slices that are added one after another, in the order of the input. */
export interface QualitySum {
  /** Adds a slice; about 10 microseconds for a column of many different values. */
  add(packed: PackedQuality): void;
  /** The quality of all that was added: what `mergeQuality` gives for the slices one by one. */
  quality(): SliceQuality;
}

/** A column's bins and registers, which are most of a quality, as they are added up. */
interface ColumnSum {
  readonly sketch: SketchSum;
  readonly ranks: Uint8Array;
}

/** A sum of no slices. */
export function createQualitySum(): QualitySum {
  let light = emptyQuality();
  const raw = new Map<string, ColumnSum>();
  const used = new Map<string, ColumnSum>();
  const outputs = new Map<string, ColumnSum>();
  const segments = new Map<string, ColumnSum>();
  return {
    add(packed) {
      const { quality } = packed;
      const pieces = packedColumns(packed);
      const take = (list: readonly ColumnProfile[]) =>
        new Map(list.map(({ name }) => [name, pieces.next().value as PackedColumn]));
      const [nowRaw, nowUsed, nowOutputs] = [take(quality.raw), take(quality.used), take(quality.outputs)];
      // Where either side lists a column as changed, the other side's raw one is what the model got there.
      for (const name of new Set([...used.keys(), ...nowUsed.keys()])) {
        if (!used.has(name)) used.set(name, copyOf(raw.get(name)));
        addTo(used, name, nowUsed.get(name) ?? nowRaw.get(name));
      }
      for (const [name, piece] of nowRaw) addTo(raw, name, piece);
      for (const [name, piece] of nowOutputs) addTo(outputs, name, piece);
      for (const segment of quality.segments) {
        for (const key of profileKeys(segment)) addTo(segments, key, pieces.next().value as PackedColumn);
      }
      light = mergeQuality(light, quality);
    },
    quality: () => ({
      ...light,
      raw: light.raw.map((profile) => whole(profile, raw)),
      used: light.used.map((profile) => whole(profile, used)),
      outputs: light.outputs.map((profile) => whole(profile, outputs)),
      segments: light.segments.map((segment) => ({
        ...segment,
        columns: segment.columns.map((one) =>
          segmentWhole(one, segments, `${segmentKey(segment)} columns ${one.name}`),
        ),
        outputs: segment.outputs.map((one) =>
          segmentWhole(one, segments, `${segmentKey(segment)} outputs ${one.name}`),
        ),
      })),
    }),
  };
}

/** The quality of one slice as it was packed. */
export function unpackQuality(packed: PackedQuality): SliceQuality {
  const sum = createQualitySum();
  sum.add(packed);
  return sum.quality();
}

function addTo(sums: Map<string, ColumnSum>, name: string, piece: PackedColumn | undefined): void {
  const sum = sums.get(name) ?? copyOf(undefined);
  sums.set(name, sum);
  if (piece === undefined) return;
  sum.sketch.add(piece.precision, piece.keys, piece.counts);
  if (piece.registers !== null) raiseRanks(sum.ranks, piece.registers);
}

function copyOf(sum: ColumnSum | undefined): ColumnSum {
  if (sum === undefined) return { sketch: createSketchSum(), ranks: new Uint8Array(registers) };
  return { sketch: sum.sketch.copy(), ranks: sum.ranks.slice() };
}

/** A name for each profile of a segment, in the order in which they are packed. */
function profileKeys(segment: SegmentQuality): string[] {
  const { columns, outputs } = segment;
  const key = segmentKey(segment);
  return [
    ...columns.map(({ name }) => `${key} columns ${name}`),
    ...outputs.map(({ name }) => `${key} outputs ${name}`),
  ];
}

/** The profile with its bins; a segment's has no registers. */
function segmentWhole(
  profile: ColumnProfile,
  sums: ReadonlyMap<string, ColumnSum>,
  key: string,
): ColumnProfile {
  return { ...whole(profile, new Map([[profile.name, sums.get(key)!]])), distinct: '' };
}

function whole(profile: ColumnProfile, sums: ReadonlyMap<string, ColumnSum>): ColumnProfile {
  const { sketch, ranks } = sums.get(profile.name)!;
  const { numbers } = profile;
  return {
    ...profile,
    distinct: sealDistinct(ranks),
    numbers: numbers === null ? null : { ...numbers, sketch: sketch.sketch() },
  };
}
