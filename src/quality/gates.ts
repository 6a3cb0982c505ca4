import type { FigureGate, JobScoreGates, LimitGate } from '../job/job.js';
import { type ColumnProfile, isConstant } from './column-profile.js';
import { psiOf } from './drift.js';
import { type EmptyFeaturesGate, emptyFeatures } from './empty-features.js';
import { type FeatureGates, featureGates } from './feature-gates.js';
import {
  closedSide,
  type GateContext,
  type GateResult,
  leastGate,
  limitGate,
  limitText,
  mostGate,
} from './gate.js';
import { mean } from './number-profile.js';
import { columnProblems, problemGates, problemPhrase } from './problem-gates.js';
import { type SliceQuality, usedColumn } from './slice-quality.js';
import { countOf, figureText } from './wording.js';

export type { GateContext, GateResult } from './gate.js';

/** The gates of a job, from its `quality:` and its columns. */
export interface Gates {
  readonly maxRejected: LimitGate;
  readonly maxRepaired: LimitGate;
  readonly maxFlagged: LimitGate;
  /** On each kind of problem in each column; a column may have its own limit. */
  readonly maxProblems: LimitGate;
  /** On rows whose key is missing or not unique. */
  readonly maxRepeated: LimitGate;
  readonly minRows: FigureGate;
  readonly maxRows: FigureGate;
  /** Compared with the rows of the last published run. */
  readonly maxRowChange: LimitGate;
  /** Number of features that may be absent, without any value, or constant; null: any number. */
  readonly maxDegraded: number | null;
  readonly emptyFeatures: EmptyFeaturesGate;
  /** Null: not checked, as for a single partition. */
  readonly features: FeatureGates | null;
  readonly columns: readonly ColumnGates[];
  readonly scores: readonly JobScoreGates[];
}

export interface ColumnGates {
  readonly name: string;
  /** Null: the job's. */
  readonly maxProblems: LimitGate | null;
  readonly maxNull: LimitGate;
  readonly maxUnknown: LimitGate;
  readonly maxDrift: FigureGate;
}

/** Minimum number of present values for a constant column to mean anything. */
const leastRowsForConstant = 100;

/** Checks every gate of the job: on rows, then columns, then scores. A share of no rows passes. */
export function checkGates(quality: SliceQuality, gates: Gates, context: GateContext): GateResult[] {
  const { rows } = quality;
  const results: (GateResult | null)[] = [
    rowsGate(context, 'rejected', gates.maxRejected, quality),
    ...problemGates(quality, gates, context),
    rowsGate(context, 'repaired', gates.maxRepaired, quality),
    rowsGate(context, 'flagged', gates.maxFlagged, quality),
    leastGate(context, 'min_rows', null, gates.minRows, rows.read, 'rows read'),
    mostGate(context, 'max_rows', null, gates.maxRows, rows.read, 'rows read'),
    rowChange(context, gates.maxRowChange, rows.read),
    degraded(context, gates.maxDegraded, quality),
    ...emptyResults(context, gates.emptyFeatures, quality),
    ...(gates.features === null ? [] : featureGates(quality, gates.features, context)),
  ];
  for (const column of gates.columns) results.push(...columnGates(quality, column, context));
  for (const score of gates.scores) results.push(...scoreGates(quality, score, context));
  return results.filter((result) => result !== null);
}

/** Checks the gate on all rows of one outcome; if exceeded, it names their main problems. */
function rowsGate(
  context: GateContext,
  outcome: 'rejected' | 'repaired' | 'flagged',
  gate: LimitGate,
  { rows, problems }: SliceQuality,
): GateResult | null {
  const result = limitGate(context, `max_${outcome}`, null, gate, rows[outcome], rows.read, outcome);
  if (result === null || result.passed) return result;
  const [most] = columnProblems(problems.filter((problem) => problem.outcome === outcome));
  return most === undefined
    ? result
    : { ...result, sentence: `${result.sentence}; mostly ${problemPhrase(most)}` };
}

/** Returns the worst of the results: `fail`, `warn`, or `pass`. */
export function worstGate(results: readonly GateResult[]): 'pass' | 'warn' | 'fail' {
  const closed = results.filter(({ passed }) => !passed);
  return closed.some(({ severity }) => severity === 'fail') ? 'fail' : closed.length > 0 ? 'warn' : 'pass';
}

/** Returns a feature's defect, or null: absent, without any value, or constant. */
function degradation(profile: ColumnProfile | null): 'absent' | 'empty' | 'constant' | null {
  if (profile === null || (profile.rows > 0 && profile.absent === profile.rows)) return 'absent';
  const present = profile.rows - profile.missing - (profile.numbers?.nan ?? 0);
  if (profile.rows > 0 && present === 0) return 'empty';
  return present >= leastRowsForConstant && isConstant(profile) ? 'constant' : null;
}

function columnGates(quality: SliceQuality, gates: ColumnGates, context: GateContext): (GateResult | null)[] {
  const { name } = gates;
  const raw = quality.raw.find((column) => column.name === name);
  if (raw === undefined) return [];
  const nulls = raw.missing + (raw.numbers?.nan ?? 0);
  return [
    limitGate(context, 'max_null', name, gates.maxNull, nulls, raw.rows, `values of ${name} missing`),
    limitGate(
      context,
      'max_unknown',
      name,
      gates.maxUnknown,
      raw.unknown,
      raw.rows,
      `values of ${name} unknown`,
    ),
    driftGate(context, name, 'input', gates.maxDrift),
  ];
}

function scoreGates(
  quality: SliceQuality,
  gates: JobScoreGates,
  context: GateContext,
): (GateResult | null)[] {
  const { column } = gates;
  const profile = quality.outputs.find(({ name }) => name === column);
  if (profile === undefined) return [];
  const problems = (code: string) =>
    quality.problems
      .filter((problem) => problem.code === code && problem.column === column)
      .reduce((sum, { count }) => sum + count, 0);
  const nan = Math.max(problems('model-nan'), profile.missing + (profile.numbers?.nan ?? 0));
  const infinite = Math.max(problems('model-infinite'), profile.numbers?.infinite ?? 0);
  const outside = problems('model-out-of-range');
  const average = profile.numbers === null ? null : mean(profile.numbers);
  const read = quality.rows.read;
  return [
    limitGate(context, 'max_nan', column, gates.maxNan, nan, read, `${column} not a number`),
    limitGate(context, 'max_infinite', column, gates.maxInfinite, infinite, read, `${column} infinite`),
    limitGate(context, 'max_outside', column, gates.maxOutside, outside, read, `${column} out of range`),
    average === null
      ? null
      : leastGate(context, 'min_mean', column, gates.minMean, average, `mean of ${column}`),
    average === null
      ? null
      : mostGate(context, 'max_mean', column, gates.maxMean, average, `mean of ${column}`),
    constantScore(context, gates, profile),
    driftGate(context, column, 'output', gates.maxDrift),
  ];
}

/** Returns a feature's defect: absent, without any value before filling, else as the model got it. */
export function featureState(quality: SliceQuality, name: string): ReturnType<typeof degradation> {
  const raw = quality.raw.find((column) => column.name === name);
  const asRead = raw === undefined ? null : degradation(raw);
  if (asRead === 'absent' || asRead === 'empty') return asRead;
  const missing = quality.problems
    .filter(({ code, column }) => code === 'missing' && column === name)
    .reduce((sum, { count }) => sum + count, 0);
  return raw !== undefined && missing > 0 && missing === raw.rows
    ? 'empty'
    : degradation(usedColumn(quality, name));
}

function constantScore(
  context: GateContext,
  gates: JobScoreGates,
  profile: ColumnProfile,
): GateResult | null {
  if (gates.constant === 'ignore' || profile.rows - profile.missing < leastRowsForConstant) return null;
  const constant = isConstant(profile);
  return {
    gate: 'constant',
    code: null,
    column: gates.column,
    scope: context.scope,
    figure: constant ? 1 : 0,
    limit: 0,
    severity: gates.constant,
    passed: !constant,
    sentence: constant
      ? `${gates.column} is the same for all ${countOf(profile.rows, 'row')}`
      : `${gates.column} varies from row to row`,
  };
}

function degraded(context: GateContext, limit: number | null, quality: SliceQuality): GateResult | null {
  if (limit === null || quality.rows.read === 0) return null;
  const ill = context.features.flatMap((name) => {
    const state = featureState(quality, name);
    return state === null ? [] : [`${name} is ${state}`];
  });
  const passed = ill.length <= limit;
  const list =
    ill.length === 0 ? '' : `: ${ill.slice(0, 5).join(', ')}${ill.length > 5 ? ' and others' : ''}`;
  return {
    gate: 'max_degraded',
    code: null,
    column: null,
    scope: context.scope,
    figure: ill.length,
    limit,
    severity: 'fail',
    passed,
    sentence: `${countOf(ill.length, 'feature')} degraded, ${passed ? 'within' : 'more than'} ${limit}${list}`,
  };
}

function emptyResults(
  { features, scope }: GateContext,
  { severity, mayBeMissing }: EmptyFeaturesGate,
  quality: SliceQuality,
): GateResult[] {
  if (severity === 'ignore') return [];
  return emptyFeatures(features, mayBeMissing, quality).map(({ column, sentence }) => ({
    gate: 'empty_features',
    code: null,
    column,
    scope,
    figure: 1,
    limit: 0,
    severity,
    passed: false,
    sentence,
  }));
}

function rowChange(context: GateContext, gate: LimitGate, rows: number): GateResult | null {
  const { rowsBefore } = context;
  if (rowsBefore === null) return null;
  const change = Math.abs(rows - rowsBefore);
  const result = limitGate(context, 'max_row_change', null, gate, change, rowsBefore, 'changed');
  if (result === null) return null;
  const limit = limitText(closedSide(gate, result.severity));
  return {
    ...result,
    sentence: `${countOf(rows, 'row')} read, ${countOf(rowsBefore, 'row')} in the previous run: a change ${result.passed ? 'within' : 'of more than'} ${limit}`,
  };
}

function driftGate(
  context: GateContext,
  column: string,
  role: 'input' | 'output',
  gate: FigureGate,
): GateResult | null {
  const drift = context.drift.find((entry) => entry.column === column && entry.role === role);
  const psi = drift === undefined ? null : psiOf(drift);
  if (psi === null) return null;
  // In a small sample an unchanged column may have a PSI beyond any sensible limit.
  const raised = (limit: number | null) => (limit === null ? null : Math.max(limit, psi.noise));
  const limits = { warn: raised(gate.warn), fail: raised(gate.fail) };
  const result = mostGate(context, 'max_drift', column, limits, psi.figure, `drift of ${column}`);
  if (result === null || result.passed) return result;
  const limit = `limit ${figureText(result.limit)}`;
  // Losing all information is a stronger statement than a changed distribution.
  const sentence = drift!.figures.some(({ measure }) => measure === 'disappeared')
    ? `${drift!.sentence} (PSI ${figureText(psi.figure)}, ${limit})`
    : psi.sentence.replace(/\)$/, `, ${limit})`);
  return { ...result, sentence };
}
