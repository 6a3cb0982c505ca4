import { counted } from '../text/units.js';
import type { ComparedModel, Comparison } from './comparison.js';

/** From so many rows of one file a time is estimated: fewer mostly measure the first calls. */
export const leastRowsOfTime = 50_000;

/** Limits that a model must keep; null: none. */
export interface Limits {
  /** Bytes of all processes of a run. */
  readonly maxMemoryBytes: number | null;
  readonly minAuc: number | null;
  readonly maxRmse: number | null;
  /** A number of rows (null: those that were compared) and the milliseconds that they may take. */
  readonly rows: number | null;
  readonly withinMs: number | null;
}

/** No limits: any model passes. */
export const noLimits: Limits = {
  maxMemoryBytes: null,
  minAuc: null,
  maxRmse: null,
  rows: null,
  withinMs: null,
};

/** The recommended model, and why not the others. */
export interface Recommendation {
  /** Null: no model keeps the limits. */
  readonly model: string | null;
  readonly refused: readonly { readonly model: string; readonly why: string }[];
}

type Measured = Omit<ComparedModel, 'front'>;

/** Returns the name of the quality that `qualityOf` measures. */
export function qualityName({ labels, outputs }: Measured): string {
  if (labels?.kind === 'binary') return labels.auc === null ? 'accuracy' : 'AUC';
  if (labels?.kind === 'numbers') return 'RMSE';
  const compared = comparedOutput(outputs);
  return compared === undefined ? 'agreement' : `distance of ${compared.name} from the first model's`;
}

/**
 * Returns a model's quality (more is better): by labels (AUC, else less error), else its closeness to the
 * reference.
 */
export function qualityOf({ labels, outputs }: Measured): number {
  if (labels?.kind === 'binary') return labels.auc ?? labels.accuracy;
  if (labels?.kind === 'numbers') return -labels.rmse;
  const agreement = comparedOutput(outputs)?.agreement ?? null;
  if (agreement === null) return 0; // The reference, which differs from itself in nothing.
  const { mean_difference, equal, rows } = agreement;
  return mean_difference === null ? equal / rows - 1 : -mean_difference;
}

/** Returns the first score: classes agree wherever no score crosses a threshold. Without one, the first output. */
function comparedOutput(outputs: Measured['outputs']): Measured['outputs'][number] | undefined {
  return outputs.find(({ agreement }) => agreement?.mean_difference != null) ?? outputs[0];
}

/** Returns the estimated seconds of a run over `rows` rows; null if too few were compared to estimate it. */
export function runSeconds(
  { run }: Pick<Measured, 'run'>,
  rows: number,
  compared: Pick<Comparison, 'rows' | 'inputs'>,
): number | null {
  const { fixed_seconds: fixed, seconds_per_million: perMillion } = run;
  if (fixed === null) return null;
  if (perMillion !== null) return fixed + (rows * perMillion) / 1e6;
  return compared.inputs === 1 && rows <= compared.rows ? fixed : null;
}

function costsOf({ run }: Measured): readonly [seconds: number, bytes: number] {
  return [run.seconds_per_million ?? Number.POSITIVE_INFINITY, run.memory_bytes];
}

/** Marks the models of the Pareto front in quality, time and memory. */
export function withFront(models: readonly Measured[]): ComparedModel[] {
  const beats = (a: Measured, b: Measured): boolean => {
    const pairs = [
      [qualityOf(a), qualityOf(b)],
      ...costsOf(a).map((cost, i) => [-cost, -costsOf(b)[i]!]),
    ] as [number, number][];
    return pairs.every(([one, other]) => one >= other) && pairs.some(([one, other]) => one > other);
  };
  return models.map((model) => ({ ...model, front: !models.some((other) => beats(other, model)) }));
}

/** Returns the best model within the limits; of equally good ones, the fastest. */
export function recommend(comparison: Comparison, limits: Limits): Recommendation {
  const { models } = comparison;
  const refused: { model: string; why: string }[] = [];
  const left = models.filter((one) => {
    const why = brokenLimit(one, limits, comparison);
    if (why !== null) refused.push({ model: one.model, why });
    return why === null;
  });
  const [best] = left.toSorted((a, b) => qualityOf(b) - qualityOf(a) || costsOf(a)[0] - costsOf(b)[0]);
  return { model: best?.model ?? null, refused };
}

/** Returns a sentence about the first limit that a model exceeds; null if it keeps all. */
function brokenLimit(
  model: ComparedModel,
  { maxMemoryBytes, minAuc, maxRmse, rows, withinMs }: Limits,
  compared: Comparison,
): string | null {
  const { labels, run } = model;
  if (minAuc !== null) {
    const auc = labels?.kind === 'binary' ? labels.auc : null;
    if (auc === null) return 'has no AUC';
    if (auc < minAuc) return `has an AUC of ${auc.toFixed(6)}, below ${minAuc}`;
  }
  if (maxRmse !== null) {
    const rmse = labels?.kind === 'numbers' ? labels.rmse : null;
    if (rmse === null) return 'has no RMSE';
    if (rmse > maxRmse) return `has an RMSE of ${rmse.toPrecision(6)}, above ${maxRmse}`;
  }
  if (maxMemoryBytes !== null && run.memory_bytes > maxMemoryBytes)
    return `takes ${megabytes(run.memory_bytes)} with ${counted(run.workers, 'worker')}, above ${megabytes(maxMemoryBytes)}`;
  if (withinMs !== null) {
    const asked = rows ?? compared.rows;
    const seconds = runSeconds(model, asked, compared);
    if (seconds === null)
      return `was compared over too few rows to estimate the time for ${asked.toLocaleString('en')}: ${leastRowsOfTime.toLocaleString('en')} are needed, from one file`;
    if (seconds * 1000 > withinMs)
      return `takes about ${Math.ceil(seconds)} s for ${asked.toLocaleString('en')} rows with ${counted(run.workers, 'worker')}, above ${withinMs / 1000} s`;
  }
  return null;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
