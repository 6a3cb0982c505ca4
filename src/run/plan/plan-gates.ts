import type { FigureGate, Job, JobColumn, JobQuality, JobScoreGates, LimitGate } from '../../job/job.js';
import type { Baseline } from '../../quality/baseline.js';
import type { FeatureGates } from '../../quality/feature-gates.js';
import type { ColumnGates, Gates } from '../../quality/gates.js';
import { foldName } from '../../repair/column-names.js';
import type { ColumnContract } from '../../repair/contract.js';
import { folderColumns } from '../../storage/folder-columns.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { StagePlan } from '../slice/score-slice.js';
import type { RunColumn } from './resolve-contract.js';

const open: LimitGate & FigureGate = { warn: null, fail: null };

/** The parts of a plan on which its gates depend. */
export interface GatedPlan {
  readonly job: Job;
  readonly inputs: readonly InputFile[];
  readonly columns: readonly RunColumn[];
  readonly stage: StagePlan;
  readonly baseline: Baseline | null;
}

/** The gates of a job: those on a run's size and on drift apply to the run, others to partitions too. */
export interface PlannedGates {
  readonly partition: Gates;
  readonly run: Gates;
  /**
   * True if a gate on the run as a whole can be exceeded (exit 3) although each partition passes its own:
   * then partitions are staged and held until the result is known. If no partition exceeds a share, neither
   * does the run; a count, the size of a run and drift concern the run as a whole.
   */
  readonly holds: boolean;
}

/** Returns the gates of a plan; looks at all inputs. */
export function planGates(plan: GatedPlan): PlannedGates {
  const run = findGates(plan, 'run');
  return { partition: findGates(plan, 'partition'), run, holds: canCloseAtEnd(plan, run) };
}

function findGates(plan: GatedPlan, scope: 'partition' | 'run'): Gates {
  const { job, columns, stage } = plan;
  const { quality } = job;
  const isRun = scope === 'run';
  const declared = new Map(job.columns.map((column) => [column.name, column]));
  const missing = mayBeMissing(columns, declared);
  const scored = new Set(stage.outputs.columns.map(({ name }) => name));
  return {
    maxRejected: quality.maxRejected,
    maxRepaired: quality.maxRepaired,
    maxFlagged: quality.maxFlagged,
    maxProblems: quality.maxProblems,
    maxRepeated: quality.maxRepeated,
    minRows: isRun ? quality.minRows : open,
    maxRows: isRun ? quality.maxRows : open,
    maxRowChange: isRun ? quality.maxRowChange : open,
    maxDegraded: job.maxDegraded,
    emptyFeatures: isRun
      ? { severity: 'ignore', mayBeMissing: [] }
      : { severity: quality.emptyFeatures, mayBeMissing: missing },
    features: isRun ? featureGates(plan, declared, missing) : null,
    columns: columns.map(({ contract: { name }, isFeature }): ColumnGates => {
      const column = declared.get(name);
      const own = column?.maxDrift ?? quality.maxDrift;
      // A column that the model does not use is judged only by its own gate on drift.
      const isWatched = isFeature || !isSame(own, quality.maxDrift);
      return {
        name,
        maxProblems: column?.maxProblems ?? null,
        maxNull: column?.maxNull ?? open,
        maxUnknown: column?.maxUnknown ?? open,
        maxDrift: isRun && isWatched ? own : open,
      };
    }),
    scores: stage.profiledOutputs.map(({ name }) => scoreGates(name, quality, isRun, scored.has(name))),
  };
}

/**
 * Returns gates for features whose usual values nothing defines: neither the baseline, which records how many
 * values were missing and whether there was more than one, nor the contract. They apply only to the run as a
 * whole, because a single file may well contain one carrier.
 */
function featureGates(
  { job, columns, baseline, inputs }: GatedPlan,
  declared: ReadonlyMap<string, JobColumn>,
  mayBeMissing: readonly string[],
): FeatureGates {
  const known = (baseline?.columns ?? []).filter(({ rows }) => rows > 0).map(({ name }) => name);
  const folders = new Set(
    inputs.flatMap(({ path }) => folderColumns(path)).map(({ name }) => foldName(name)),
  );
  const isUnwatched = (name: string) => {
    const { warn, fail } = declared.get(name)?.maxDrift ?? job.quality.maxDrift;
    return warn === null && fail === null;
  };
  const contracts = columns.map(({ contract }) => contract);
  const { date, variables, redact, quality } = job;
  return {
    maxNull: { limit: quality.maxNull, except: [...mayBeMissing, ...known] },
    constant: {
      severity: quality.constantFeatures,
      except: [
        ...known,
        ...contracts
          .filter(({ name, source }) => isUnwatched(name) || folders.has(foldName(source)))
          .map(({ name }) => name),
      ],
      moreThanFlags: contracts.filter(holdsMoreThanFlags).map(({ name }) => name),
      ofRun: [...Object.values(variables), ...(date === null ? [] : [date, ...date.split(/\D+/)])],
      redact,
    },
  };
}

/** Returns true if the contract says that a column may contain more than 0 and 1. */
function holdsMoreThanFlags({ range, categories }: ColumnContract): boolean {
  const isBeyond = (end: number | bigint | null) => end !== null && (end < 0 || end > 1);
  return (
    (range !== null && (isBeyond(range.low) || isBeyond(range.high))) ||
    (categories !== null && categories.length > 2)
  );
}

/** Returns the columns whose contract or own `max_null` handles missing values. */
function mayBeMissing(
  columns: GatedPlan['columns'],
  declared: ReadonlyMap<string, JobColumn>,
): readonly string[] {
  return columns
    .filter(({ contract: { name, missing } }) => {
      const own = declared.get(name)?.maxNull ?? open;
      return missing.kind !== 'pass' || own.warn !== null || own.fail !== null;
    })
    .map(({ contract }) => contract.name);
}

function canCloseAtEnd(plan: GatedPlan, gates: Gates): boolean {
  const isCount = ({ fail }: LimitGate) => fail !== null && 'count' in fail;
  const isSet = ({ fail }: FigureGate | LimitGate) => fail !== null;
  const drifts = plan.baseline === null ? [] : [...gates.columns, ...gates.scores];
  // Limits on shares also apply to slices, which are complete only at the end.
  const isSliced = plan.job.quality.slices.length > 0;
  const { maxAge, repeatedInput, constantFeatures } = plan.job.quality;
  return (
    repeatedInput === 'fail' ||
    constantFeatures === 'fail' ||
    isSet(plan.job.quality.maxNull) ||
    [maxAge.input, maxAge.baseline, maxAge.model].some(isSet) ||
    [gates.minRows, gates.maxRows, gates.maxRowChange].some(isSet) ||
    drifts.some(({ maxDrift }) => isSet(maxDrift)) ||
    [gates.maxRejected, gates.maxRepaired, gates.maxFlagged, gates.maxProblems, gates.maxRepeated].some(
      isSliced ? isSet : isCount,
    ) ||
    gates.columns.some(({ maxNull, maxUnknown, maxProblems }) =>
      [maxNull, maxUnknown, maxProblems ?? open].some(isCount),
    ) ||
    gates.scores.some(
      ({ maxNan, maxInfinite, maxOutside, constant }) =>
        [maxNan, maxInfinite, maxOutside].some(isCount) || constant === 'fail',
    )
  );
}

/** Every output is watched; the job may set additional limits. */
function scoreGates(
  column: string,
  { scores, maxDrift }: JobQuality,
  isRun: boolean,
  isScore: boolean,
): JobScoreGates {
  const stated = scores.find((score) => score.column === column);
  const gates = stated ?? {
    column,
    maxNan: open,
    maxInfinite: open,
    maxOutside: open,
    minMean: open,
    maxMean: open,
    // The same decision for every row is no defect: the scores themselves are watched.
    constant: isScore ? 'warn' : 'ignore',
    maxDrift,
  };
  return { ...gates, maxDrift: isRun ? gates.maxDrift : open };
}

function isSame(one: FigureGate, other: FigureGate): boolean {
  return one.warn === other.warn && one.fail === other.fail;
}
