import type { FigureGate, LimitGate } from '../job/job.js';
import type { Limit } from '../job/limit.js';
import type { ColumnDrift } from './drift.js';
import { countOf, countText, figureText, shareText } from './wording.js';

/** Inputs of gates besides the quality itself. */
export interface GateContext {
  readonly scope: 'partition' | 'run';
  /** Columns that the model reads. */
  readonly features: readonly string[];
  /** Empty without a baseline. */
  readonly drift: readonly ColumnDrift[];
  /** Rows read by the last published run; null if there is none. */
  readonly rowsBefore: number | null;
}

/** A checked gate; `severity` and `limit` are of the strictest closed side, or of the failing side. */
export interface GateResult {
  readonly gate: string;
  /** The problem's code for a gate on one kind of problem, else null. */
  readonly code: string | null;
  readonly column: string | null;
  readonly scope: 'partition' | 'run';
  /** A share from 0 to 1 or a count, in the unit of `limit`. */
  readonly figure: number;
  readonly limit: number;
  readonly severity: 'warn' | 'fail';
  readonly passed: boolean;
  readonly sentence: string;
}

/** Checks a gate on `part` of `whole` rows; null if it is not set. */
export function limitGate(
  context: GateContext,
  gate: string,
  column: string | null,
  limits: LimitGate,
  part: number,
  whole: number,
  what: string,
): GateResult | null {
  const exceeds = (limit: Limit | null) =>
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
    code: null,
    column,
    scope: context.scope,
    figure: 'count' in limit ? part : share,
    limit: 'count' in limit ? limit.count : limit.fraction,
    severity,
    passed,
    sentence: `${what}: ${found}, ${passed ? 'within' : 'more than'} ${limitText(limit)}`,
  };
}

/** Checks a gate with an upper limit; null if it is not set. */
export const mostGate = figureGate((figure, limit) => figure > limit, 'above');

/** Checks a gate with a lower limit; null if it is not set. */
export const leastGate = figureGate((figure, limit) => figure < limit, 'below');

function figureGate(closes: (figure: number, limit: number) => boolean, beyond: string) {
  return (
    context: GateContext,
    gate: string,
    column: string | null,
    limits: FigureGate,
    figure: number,
    what: string,
  ): GateResult | null => {
    const severity = sideOf(limits, (limit) => limit !== null && closes(figure, limit));
    if (severity === null) return null;
    const limit = closedSide(limits, severity);
    const passed = !closes(figure, limit);
    return {
      gate,
      code: null,
      column,
      scope: context.scope,
      figure,
      limit,
      severity,
      passed,
      sentence: `${what}: ${figureText(figure)}, ${passed ? 'not ' : ''}${beyond} ${figureText(limit)}`,
    };
  };
}

/**
 * Returns the side to report: the failing one if exceeded, else the warning one if exceeded, else the one
 * that is set.
 */
function sideOf<T>(
  limits: { readonly warn: T | null; readonly fail: T | null },
  closes: (limit: T | null) => boolean,
): 'warn' | 'fail' | null {
  if (closes(limits.fail)) return 'fail';
  if (closes(limits.warn)) return 'warn';
  return limits.fail !== null ? 'fail' : limits.warn !== null ? 'warn' : null;
}

/** Returns the limit of a side that is set. */
export function closedSide<T>(
  limits: { readonly warn: T | null; readonly fail: T | null },
  side: 'warn' | 'fail',
): T {
  return limits[side]!;
}

/** Formats a limit: `5 %`, `3 rows`. */
export function limitText(limit: Limit): string {
  return 'count' in limit ? countOf(limit.count, 'row') : shareText(limit.fraction);
}
