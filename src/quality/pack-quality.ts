import type { ColumnProfile } from './column-profile.js';
import { emptySketch, type Sketch } from './sketch.js';
import type { SliceQuality } from './slice-quality.js';

/** A slice's quality as it goes from one process to another: its sketches' bins, which are most of it, laid end to end in one array that is copied as it is. */
export interface PackedQuality {
  /** Without the bins. */
  readonly quality: SliceQuality;
  /** For each column with numbers (raw, used, outputs): precision, how many bins, their keys, their counts. */
  readonly bins: Int32Array;
}

/** Packs the quality of one slice: its counts must be below 2^31. */
export function packQuality(quality: SliceQuality): PackedQuality {
  const sketches: Sketch[] = [];
  const light = mapSketches(quality, (sketch) => {
    sketches.push(sketch);
    return emptySketch();
  });
  const bins = new Int32Array(sketches.reduce((sum, { keys }) => sum + 2 + 2 * keys.length, 0));
  let at = 0;
  for (const { precision, keys, counts } of sketches) {
    bins[at++] = precision;
    bins[at++] = keys.length;
    bins.set(keys, at);
    bins.set(counts, at + keys.length);
    at += 2 * keys.length;
  }
  return { quality: light, bins };
}

/** The quality that was packed. */
export function unpackQuality({ quality, bins }: PackedQuality): SliceQuality {
  let at = 0;
  return mapSketches(quality, () => {
    const precision = bins[at++]!;
    const length = bins[at++]!;
    const keys = new Array<number>(length);
    const counts = new Array<number>(length);
    for (let i = 0; i < length; i++) keys[i] = bins[at + i]!;
    for (let i = 0; i < length; i++) counts[i] = bins[at + length + i]!;
    at += 2 * length;
    return { precision, keys, counts };
  });
}

function mapSketches(quality: SliceQuality, change: (sketch: Sketch) => Sketch): SliceQuality {
  const columns = (list: readonly ColumnProfile[]) =>
    list.map((profile) =>
      profile.numbers === null
        ? profile
        : { ...profile, numbers: { ...profile.numbers, sketch: change(profile.numbers.sketch) } },
    );
  return {
    ...quality,
    raw: columns(quality.raw),
    used: columns(quality.used),
    outputs: columns(quality.outputs),
  };
}
