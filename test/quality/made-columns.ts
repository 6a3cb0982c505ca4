import type { Column, DictionaryColumn, Float64Column } from '../../src/chunk/column.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import { createBinPacker, type PackedBins } from '../../src/quality/column-bins.js';
import type { ColumnProfile } from '../../src/quality/column-profile.js';
import { raiseWritten, registers } from '../../src/quality/distinct.js';
import { createProfiler, type ProfileField } from '../../src/quality/profile-column.js';
import { type QualitySum, segmentBins } from '../../src/quality/quality-sum.js';
import { emptySketch } from '../../src/quality/sketch.js';
import { emptyQuality, type SliceQuality } from '../../src/quality/slice-quality.js';

/** Numbers, null where missing. */
export function numbersColumn(values: readonly (number | null)[]): Float64Column {
  const validity = allPresent(values.length);
  values.forEach((value, row) => {
    if (value === null) markMissing(validity, row);
  });
  return {
    type: 'float64',
    length: values.length,
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    validity: values.includes(null) ? validity : null,
  };
}

/** Texts, null where missing; `categories` are the first entries of the dictionary. */
export function textsColumn(
  values: readonly (string | null)[],
  categories: readonly string[] = [],
): DictionaryColumn {
  const codeOf = new Map(categories.map((value, code) => [value, code]));
  const validity = allPresent(values.length);
  const codes = Int32Array.from(values, (value, row) => {
    if (value === null) {
      markMissing(validity, row);
      return -1;
    }
    if (!codeOf.has(value)) codeOf.set(value, codeOf.size);
    return codeOf.get(value)!;
  });
  return {
    type: 'string',
    layout: 'dictionary',
    length: values.length,
    codes,
    dictionary: [...codeOf.keys()],
    validity: values.includes(null) ? validity : null,
  };
}

/** The profile of one column under `name`. */
export function profileOf(column: Column, field: Partial<ProfileField> = {}): ColumnProfile {
  const whole = { name: 'x', type: column.type, categories: null, redact: false, ...field };
  return createProfiler([whole]).profile(whole.name, column);
}

/** The quality of rows of which only the columns are known. */
export function qualityOf(
  raw: readonly ColumnProfile[],
  outputs: readonly ColumnProfile[] = [],
): SliceQuality {
  const read = raw[0]?.rows ?? outputs[0]?.rows ?? 0;
  return {
    ...emptyQuality(),
    rows: { read, scored: read, ok: read, repaired: 0, flagged: 0, rejected: 0 },
    raw,
    outputs,
  };
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers (Box and Muller). */
export function seededNormal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A quality in its two parts: without its bins, and these. */
export function partsOf(quality: SliceQuality): { readonly light: SliceQuality; readonly bins: PackedBins } {
  const packer = createBinPacker();
  const part = (
    list: 'raw' | 'used' | 'outputs' | 'segments',
    profile: ColumnProfile,
    name = profile.name,
  ) => {
    const { precision, keys, counts } = profile.numbers?.sketch ?? emptySketch();
    const ranks = profile.distinct === '' ? null : new Uint8Array(registers);
    if (ranks !== null) {
      const written = Buffer.from(profile.distinct, 'base64');
      raiseWritten(ranks, written, 0, written.length);
    }
    packer.add(list, name, {
      precision,
      keys: Int32Array.from(keys),
      counts: Int32Array.from(counts),
      registers: ranks,
    });
    const { numbers } = profile;
    return {
      ...profile,
      distinct: '',
      numbers: numbers === null ? null : { ...numbers, sketch: emptySketch() },
    };
  };
  const light: SliceQuality = {
    ...quality,
    raw: quality.raw.map((one) => part('raw', one)),
    used: quality.used.map((one) => part('used', one)),
    outputs: quality.outputs.map((one) => part('outputs', one)),
    segments: quality.segments.map((segment) => ({
      ...segment,
      columns: segment.columns.map((one) => part('segments', one, segmentBins(segment, 'columns', one.name))),
      outputs: segment.outputs.map((one) => part('segments', one, segmentBins(segment, 'outputs', one.name))),
    })),
  };
  return { light, bins: packer.packed() };
}

/** Adds a quality to a sum, part by part. */
export function addTo(sum: QualitySum, quality: SliceQuality): void {
  const { light, bins } = partsOf(quality);
  sum.add(light);
  sum.addBins(bins);
}
