import { type ColumnProfile, isConstant } from './column-profile.js';
import { type ColumnDrift, psiOf } from './drift.js';
import { type EmptyFeaturesGate, emptyFeatures } from './empty-features.js';
import { mean } from './number-profile.js';
import { type SliceQuality, usedColumn } from './slice-quality.js';
import { countOf, countText, figureText, shareText } from './wording.js';

/** A share of rows from 0 to 1, or a count of rows. */
export type GateLimit = { readonly fraction: number } | { readonly count: number };

/** A gate on a share or a count of rows; a null side never closes. */
export interface LimitGate {
  readonly warn: GateLimit | null;
  readonly fail: GateLimit | null;
}

/** A gate on a figure; a null side never closes. */
export interface FigureGate {
  readonly warn: number | null;
  readonly fail: number | null;
}

/** The gates of a job, as its `quality:` and its columns say. */
export interface Gates {
  readonly maxRejected: LimitGate;
  readonly maxRepaired: LimitGate;
  readonly maxFlagged: LimitGate;
  readonly minRows: FigureGate;
  readonly maxRows: FigureGate;
  /** Against the rows of the last published run. */
  readonly maxRowChange: LimitGate;
  /** How many features may be absent, without any value, or constant; null: any number. */
  readonly maxDegraded: number | null;
  readonly emptyFeatures: EmptyFeaturesGate;
  readonly columns: readonly ColumnGates[];
  readonly scores: readonly ScoreGates[];
}

export interface ColumnGates {
  readonly name: string;
  readonly maxNull: LimitGate;
  readonly maxUnknown: LimitGate;
  readonly maxDrift: FigureGate;
}

export interface ScoreGates {
  readonly column: string;
  readonly maxNan: LimitGate;
  readonly maxInfinite: LimitGate;
  readonly maxOutside: LimitGate;
  readonly minMean: FigureGate;
  readonly maxMean: FigureGate;
  readonly constant: 'ignore' | 'warn' | 'fail';
  readonly maxDrift: FigureGate;
}

/** What gates are checked against beside the quality itself. */
export interface GateContext {
  readonly scope: 'partition' | 'run';
  /** Columns that the model reads. */
  readonly features: readonly string[];
  /** Empty without a baseline. */
  readonly drift: readonly ColumnDrift[];
  /** Rows read by the last published run; null where there is none. */
  readonly rowsBefore: number | null;
}

/** One gate that was checked: `severity` and `limit` are those of the strictest side that closed, or of the failing side where none did. */
export interface GateResult {
  readonly gate: string;
  readonly column: string | null;
  readonly scope: 'partition' | 'run';
  /** A share from 0 to 1 or a count, in the unit of `limit`. */
  readonly figure: number;
  readonly limit: number;
  readonly severity: 'warn' | 'fail';
  readonly passed: boolean;
  readonly sentence: string;
}

/** Present values below which a single value says nothing about a column. */
export const leastRowsForConstant = 100;

/** Every gate that the job sets, checked: those of rows first, then columns, then scores. A gate on a share of no rows passes. */
export function checkGates(quality: SliceQuality, gates: Gates, context: GateContext): GateResult[] {
  const { rows } = quality;
  const results: (GateResult | null)[] = [
    limitGate(context, 'max_rejected', null, gates.maxRejected, rows.rejected, rows.read, 'rejected'),
    limitGate(context, 'max_repaired', null, gates.maxRepaired, rows.repaired, rows.read, 'repaired'),
    limitGate(context, 'max_flagged', null, gates.maxFlagged, rows.flagged, rows.read, 'flagged'),
    leastGate(context, 'min_rows', null, gates.minRows, rows.read, 'rows read'),
    mostGate(context, 'max_rows', null, gates.maxRows, rows.read, 'rows read'),
    rowChange(context, gates.maxRowChange, rows.read),
    degraded(context, gates.maxDegraded, quality),
    ...emptyResults(context, gates.emptyFeatures, quality),
  ];
  for (const column of gates.columns) results.push(...columnGates(quality, column, context));
  for (const score of gates.scores) results.push(...scoreGates(quality, score, context));
  return results.filter((result) => result !== null);
}

/** The worst of the results: `fail`, `warn`, or `pass`. */
export function worstGate(results: readonly GateResult[]): 'pass' | 'warn' | 'fail' {
  const closed = results.filter(({ passed }) => !passed);
  return closed.some(({ severity }) => severity === 'fail') ? 'fail' : closed.length > 0 ? 'warn' : 'pass';
}

/** A feature's ill health in words, `null` where it has none: absent, without any value, or the same value throughout. */
export function degradation(profile: ColumnProfile | null): 'absent' | 'empty' | 'constant' | null {
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

function scoreGates(quality: SliceQuality, gates: ScoreGates, context: GateContext): (GateResult | null)[] {
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

/** How a feature is ill: absent from the input or without any value whatever was put in its place, else as the model got it. */
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

function constantScore(context: GateContext, gates: ScoreGates, profile: ColumnProfile): GateResult | null {
  if (gates.constant === 'ignore' || profile.rows - profile.missing < leastRowsForConstant) return null;
  const constant = isConstant(profile);
  return {
    gate: 'constant',
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
    sentence: `${countOf(rows, 'row')} read, ${countOf(rowsBefore, 'row')} in the run before: a change ${result.passed ? 'within' : 'of more than'} ${limit}`,
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
  // A column that carries nothing any more says more than how its mix changed.
  const sentence = drift!.figures.some(({ measure }) => measure === 'disappeared')
    ? `${drift!.sentence} (PSI ${figureText(psi.figure)}, ${limit})`
    : psi.sentence.replace(/\)$/, `, ${limit})`);
  return { ...result, sentence };
}

/** A gate on `part` of `whole` rows; null where it is not set. */
function limitGate(
  context: GateContext,
  gate: string,
  column: string | null,
  limits: LimitGate,
  part: number,
  whole: number,
  what: string,
): GateResult | null {
  const exceeds = (limit: GateLimit | null) =>
    limit !== null && ('count' in limit ? part > limit.count : part > limit.fraction * whole);
  const severity = sideOf(limits, exceeds);
  if (severity === null) return null;
  const limit = closedSide(limits, severity);
  const passed = !exceeds(limit);
  const share = whole === 0 ? 0 : part / whole;
  const found =
    whole === 0 ? 'no rows' : `${countText(part)} of ${countOf(whole, 'row')} (${shareText(share)})`;
  return {
    gate,
    column,
    scope: context.scope,
    figure: 'count' in limit ? part : share,
    limit: 'count' in limit ? limit.count : limit.fraction,
    severity,
    passed,
    sentence: `${what}: ${found}, ${passed ? 'within' : 'more than'} ${limitText(limit)}`,
  };
}

function mostGate(
  context: GateContext,
  gate: string,
  column: string | null,
  limits: FigureGate,
  figure: number,
  what: string,
): GateResult | null {
  return figureGate(context, gate, column, limits, figure, what, (limit) => figure > limit, 'above');
}

function leastGate(
  context: GateContext,
  gate: string,
  column: string | null,
  limits: FigureGate,
  figure: number,
  what: string,
): GateResult | null {
  return figureGate(context, gate, column, limits, figure, what, (limit) => figure < limit, 'below');
}

function figureGate(
  context: GateContext,
  gate: string,
  column: string | null,
  limits: FigureGate,
  figure: number,
  what: string,
  closes: (limit: number) => boolean,
  beyond: string,
): GateResult | null {
  const severity = sideOf(limits, (limit) => limit !== null && closes(limit));
  if (severity === null) return null;
  const limit = closedSide(limits, severity);
  const passed = !closes(limit);
  return {
    gate,
    column,
    scope: context.scope,
    figure,
    limit,
    severity,
    passed,
    sentence: `${what}: ${figureText(figure)}, ${passed ? 'not ' : ''}${beyond} ${figureText(limit)}`,
  };
}

/** The side a result speaks of: the failing one if it closed, else the warning one if it closed, else whichever is set; null where none is. */
function sideOf<T>(
  limits: { readonly warn: T | null; readonly fail: T | null },
  closes: (limit: T | null) => boolean,
): 'warn' | 'fail' | null {
  if (closes(limits.fail)) return 'fail';
  if (closes(limits.warn)) return 'warn';
  return limits.fail !== null ? 'fail' : limits.warn !== null ? 'warn' : null;
}

function closedSide<T>(
  limits: { readonly warn: T | null; readonly fail: T | null },
  side: 'warn' | 'fail',
): T {
  return limits[side]!;
}

function limitText(limit: GateLimit): string {
  return 'count' in limit ? countOf(limit.count, 'row') : shareText(limit.fraction);
}
