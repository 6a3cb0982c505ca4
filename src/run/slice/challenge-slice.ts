import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import { NightshiftError } from '../../errors.js';
import type { SourceDescription } from '../../formats/format.js';
import { openScorer } from '../../model/open-scorer.js';
import type { ChallengerCounts } from '../../quality/challenger.js';
import { createProfiler } from '../../quality/profile-column.js';
import type { RepairPlan } from '../../repair/contract.js';
import { createRepair, type RepairedChunk } from '../../repair/create-repair.js';
import { type Candidate, type CandidatePlan, countsOf, type Scored, scoreOne } from './compare-slice.js';
import { type NewRows, openRows } from './take-new.js';

/** A challenger, for every slice of a run; plain data. */
export interface ChallengerPlan
  extends Pick<CandidatePlan, 'scorer' | 'features' | 'outputs' | 'profiledOutputs'> {
  readonly path: string;
}

/** How a challenger reads and repairs a partition, if not in the model's own way; plain data. */
export interface ChallengerContext {
  readonly read: ReadPlan;
  readonly repair: RepairPlan;
  readonly newRows: NewRows | null;
}

/** The result of one challenger for a slice. */
export interface ChallengeResult {
  /** Its place in the plan. */
  readonly index: number;
  /** Why it did not score the slice; null if it did. */
  readonly failure: string | null;
  readonly counts: Pick<
    ChallengerCounts,
    'scored' | 'rejected' | 'failed' | 'scoreMs' | 'outputs' | 'agreement'
  > | null;
  /** Milliseconds that it took, and that the model took for reading, repair and scoring. */
  readonly ms: number;
  readonly modelMs: number;
}

/** The challengers of a worker: each is opened with the first slice that it scores, because it may fail. */
export interface Challengers {
  candidate(index: number): Promise<Candidate>;
  close(): Promise<void>;
}

/** Returns the challengers of a plan; opens none of them. */
export function challengersOf(plans: readonly ChallengerPlan[]): Challengers {
  const opened = new Map<number, Candidate>();
  return {
    async candidate(index) {
      const known = opened.get(index);
      if (known !== undefined) return known;
      const { scorer, features, outputs, profiledOutputs } = plans[index]!;
      const open = await openScorer(scorer);
      const candidate: Candidate = {
        ...{ scorer, features, outputs, profiledOutputs },
        state: { open, openedBytes: 0, hasScored: false },
        profiler: createProfiler(profiledOutputs),
        scored: null,
      };
      opened.set(index, candidate);
      return candidate;
    },
    async close() {
      for (const { state } of opened.values()) await state.open.close();
    },
  };
}

/** The slice as the model has it: repaired, before its own scores added problems, and scored. */
interface ModelScored {
  readonly slice: Slice;
  readonly published: Int32Array | null;
  readonly repeated: Int32Array | null;
  readonly repaired: RepairedChunk;
  readonly scored: Scored;
  readonly ms: number;
}

/** Scores slices of one partition with challengers. */
interface PartitionChallenges {
  /** Never throws: reports a challenger that fails. */
  score(asked: readonly number[], model: ModelScored, alive: () => void): Promise<ChallengeResult[]>;
  close(): Promise<void>;
}

/** Opens the challenges of a partition; `contexts` is null where a challenger reads it as the model does. */
export function openChallenges(
  challengers: Challengers,
  source: SourceDescription,
  contexts: readonly (ChallengerContext | null)[],
): PartitionChallenges {
  type Reader = {
    read(model: Pick<ModelScored, 'slice' | 'published' | 'repeated'>): Promise<RepairedChunk>;
    close(): Promise<void>;
  };
  const readers = new Map<number, Reader>();

  async function repairedFor(index: number, model: ModelScored): Promise<RepairedChunk> {
    const context = contexts[index] ?? null;
    if (context === null) return model.repaired;
    let reader = readers.get(index);
    if (reader === undefined) {
      const rows = await openRows(source, context.read, context.newRows);
      const { apply } = createRepair(context.repair);
      reader = {
        read: async ({ slice, published, repeated }) =>
          apply((await rows.read(slice, published)).chunk, repeated),
        close: () => rows.close(),
      };
      readers.set(index, reader);
    }
    return reader.read(model);
  }

  return {
    async score(asked, model, alive) {
      const results: ChallengeResult[] = [];
      for (const index of asked) {
        const start = performance.now();
        alive();
        try {
          const candidate = await challengers.candidate(index);
          const scored = await scoreOne(candidate, await repairedFor(index, model), alive);
          const { rows, rejected, failed, scoreMs, outputs, agreement } = countsOf(
            candidate,
            scored,
            model.scored,
            null,
            null,
          );
          const counts = { scored: rows, rejected, failed, scoreMs, outputs, agreement };
          results.push({ index, failure: null, counts, ms: performance.now() - start, modelMs: model.ms });
        } catch (error) {
          const ms = performance.now() - start;
          results.push({ index, failure: messageOf(error), counts: null, ms, modelMs: model.ms });
        }
      }
      return results;
    },
    async close() {
      for (const { close } of readers.values()) await close();
    },
  };
}

function messageOf(error: unknown): string {
  if (error instanceof NightshiftError) return error.message;
  return `it fails: ${error instanceof Error ? error.message : String(error)}`;
}
