import type { FigureGate } from '../job/job.js';
import type { GateResult } from './gate.js';
import { countOf } from './wording.js';

/** The age of something and its limit, in milliseconds. */
export interface Age {
  readonly code: 'stale-input' | 'stale-baseline' | 'stale-model';
  /** Its name in words: `input "a.csv"`. */
  readonly what: string;
  readonly ageMs: number;
  /** In milliseconds. */
  readonly gate: FigureGate;
}

/** An input with the same content as another one. */
export interface SameInput {
  readonly partition: string;
  /** The input with the same content: `b.csv of this run`, `the input of run R for 2013-01-03`. */
  readonly other: string;
}

/** Tolerance for times in the future: files copied from another time zone may be up to 14 hours ahead. */
const mostAheadMs = 24 * 3_600_000;

/** Maximum number of repeated inputs in a result. */
const mostRepeated = 5;

/** Returns one result for each age with a limit; its figures are hours. */
export function ageGates(ages: readonly Age[]): GateResult[] {
  return ages.flatMap(({ code, what, ageMs, gate }): GateResult[] => {
    const isAhead = ageMs < -mostAheadMs;
    const exceeds = (limit: number | null) => limit !== null && (ageMs > limit || isAhead);
    const severity: 'warn' | 'fail' =
      exceeds(gate.fail) || (gate.fail !== null && !exceeds(gate.warn)) ? 'fail' : 'warn';
    const limit = gate[severity];
    if (limit === null) return [];
    const passed = !exceeds(limit);
    const sentence = isAhead
      ? `${what} is dated ${ageText(-ageMs)} in the future, so its age is not known`
      : `${what} is ${ageText(Math.max(0, ageMs))} old, ${passed ? 'within' : 'more than'} ${ageText(limit)}`;
    const base = { gate: 'max_age', code, column: null, scope: 'run', severity, passed, sentence } as const;
    return [{ ...base, figure: ageMs / 3_600_000, limit: limit / 3_600_000 }];
  });
}

/** Returns one result for each input that was delivered before, or twice. */
export function repeatedInputGates(
  repeated: readonly SameInput[],
  severity: 'ignore' | 'warn' | 'fail',
): GateResult[] {
  if (severity === 'ignore') return [];
  return repeated.slice(0, mostRepeated).map(({ partition, other }, i) => {
    const rest = repeated.length - mostRepeated;
    const more = i === mostRepeated - 1 && rest > 0 ? ` (and ${countOf(rest, 'more input')})` : '';
    return {
      gate: 'repeated_input',
      code: 'repeated-input',
      column: null,
      scope: 'run',
      figure: repeated.length,
      limit: 0,
      severity,
      passed: false,
      sentence: `input ${partition} has the same content as ${other}${more}`,
    };
  });
}

/** Returns one result for all lists of inputs of other dates that could not be compared. */
export function unreadInputGates(
  unread: readonly { readonly path: string; readonly why: string }[],
): GateResult[] {
  const [first] = unread;
  if (first === undefined) return [];
  const more = unread.length > 1 ? ` (and ${countOf(unread.length - 1, 'more list')})` : '';
  return [
    {
      gate: 'repeated_input',
      code: 'inputs-not-compared',
      column: null,
      scope: 'run',
      figure: unread.length,
      limit: 0,
      severity: 'warn',
      passed: false,
      sentence: `whether an input was delivered before is not known: the list of inputs "${first.path}" ${first.why}${more}`,
    },
  ];
}

function ageText(ms: number): string {
  const tenths = (unitMs: number) => Math.round((10 * ms) / unitMs) / 10;
  const hours = tenths(3_600_000);
  if (hours >= 72) return `${tenths(24 * 3_600_000)} days`;
  if (hours >= 1) return hours === 1 ? '1 hour' : `${hours} hours`;
  return countOf(Math.round(ms / 60_000), 'minute');
}
