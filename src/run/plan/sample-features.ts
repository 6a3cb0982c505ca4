import type { Column } from '../../chunk/column.js';
import { type EmptyFeature, emptyFeatures } from '../../quality/empty-features.js';
import { countProblems } from '../../quality/problem-count.js';
import { createProfiler } from '../../quality/profile-column.js';
import { emptyQuality, type SliceQuality } from '../../quality/slice-quality.js';
import { createRepair } from '../../repair/create-repair.js';
import { openDecoder } from '../slice/open-decoder.js';
import type { OpenPartition } from './open-partition.js';
import type { RunPlan } from './run-plan.js';

/** Amount of an input that is read to check whether its features are readable. */
const sampleBytes = 256 * 1024;

/**
 * Reads and repairs the beginning of an input in this process, without scoring it, and returns the features
 * without a usable value there; `mayBeMissing` as for the gate. Costs one slice of 256 KiB (for Parquet, part
 * of one row group).
 */
export async function sampleFeatures(
  { features, stage }: Pick<RunPlan, 'features' | 'stage'>,
  { source, context }: OpenPartition,
  mayBeMissing: readonly string[],
): Promise<readonly EmptyFeature[]> {
  const decoder = await openDecoder(context.source, context.read);
  try {
    for await (const slice of source.cut(sampleBytes)) {
      const chunk = await decoder.decode(slice);
      const profiler = createProfiler(stage.profiled);
      const profile = (columns: ReadonlyMap<string, Column>) =>
        stage.profiled.flatMap(({ name }) => {
          const column = columns.get(name);
          return column === undefined ? [] : [profiler.profile(name, column)];
        });
      const derived = new Map<string, Column>();
      const repair = createRepair(context.repair);
      const raw = profile(chunk.columns);
      const repaired = repair.apply(chunk, null, (name, column) => derived.set(name, column)).chunk;
      const quality: SliceQuality = {
        ...emptyQuality(),
        raw: [...raw, ...profile(derived)],
        used: profile(repaired.columns),
        problems: countProblems(repaired.problems, repaired.origin, new Set(context.redacted)),
      };
      return emptyFeatures(features.columns, mayBeMissing, quality);
    }
    return [];
  } finally {
    await decoder.close();
  }
}
