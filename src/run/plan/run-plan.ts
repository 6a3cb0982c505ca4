import type { FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import type { Job } from '../../job/job.js';
import type { ModelDescription } from '../../model/describe-model.js';
import type { ModelFacts } from '../../model/explain-model.js';
import type { PreparedModel } from '../../model/prepare-model.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { ScoredInput } from '../records/scored-elsewhere.js';
import type { ContractOfRun } from './open-partition.js';
import type { GatedPlan, PlannedGates } from './plan-gates.js';
import type { ScoredRows } from './since-last.js';
import type { Sources } from './sources.js';

/** A job, and every input of it, which is every partition of its run folder. */
export interface PlannedJob {
  readonly job: Job;
  readonly inputs: readonly InputFile[];
}

/** The job and the versions on which all of its partitions depend. */
export interface VersionedJob {
  readonly job: Job;
  readonly jobHash: string;
  readonly description: ModelDescription;
  /** The rows of inputs that other runs have scored; empty until a run adds them. */
  readonly scoredRows: ScoredRows;
  /** Inputs that other runs have published: rows with their keys are left out. Empty until a run fills it in. */
  readonly published: readonly ScoredInput[];
}

/** What opens an input and matches it with the contract. */
export interface InputPlan extends Pick<VersionedJob, 'job' | 'scoredRows' | 'published'> {
  readonly contract: ContractOfRun;
  readonly sources: Sources;
  readonly model: ModelFacts;
}

/** A model that scores in addition to the job's. */
export interface PlannedChallenger {
  readonly path: string;
  /** Null if the file cannot be read. */
  readonly sha256: string | null;
  /** Its plan over the same columns; null if it is refused. */
  readonly plan: RunPlan | null;
  /** Why it is not scored. */
  readonly refused: string | null;
}

/**
 * Everything known before the first row is read; nothing has been written yet. Functions take the part of it
 * that they need.
 */
export interface RunPlan extends VersionedJob, InputPlan, GatedPlan {
  readonly prepared: PreparedModel;
  readonly features: FeaturePlan;
  readonly outputs: OutputPlan;
  readonly gates: PlannedGates;
  /** Empty until `withChallengers` adds them. */
  readonly challengers: readonly PlannedChallenger[];
}

/** Returns the summary's facts about the model: failed changes, and dependencies of its scores. */
export function modelNotes(model: ModelFacts): string[] {
  return [
    ...model.notes,
    ...model.unused,
    ...model.warnings.filter((warning) => !model.doubts.includes(warning)),
  ];
}
