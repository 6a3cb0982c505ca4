import { type Origin, sourceRow } from '../chunk/chunk.js';
import type { Found, Outcome, ProblemKind, Problems } from '../chunk/problem.js';

/**
 * Maximum number of samples of a problem, the first in the input; more for a problem that rejected rows,
 * because nothing else shows them.
 */
export const maxSamples = 5;
const maxRejectedSamples = 20;

function samplesOf({ outcome }: { readonly outcome: Outcome }): number {
  return outcome === 'rejected' ? maxRejectedSamples : maxSamples;
}

/** Maximum number of code points of a found value. */
const maxFoundLength = 200;

/** An occurrence of a problem: partition (null within one), source row, line if there is one, and value. */
interface ProblemSample {
  readonly partition: string | null;
  readonly row: number;
  readonly line: number | null;
  /** Null if there was none, or if the value is withheld. */
  readonly found: string | null;
}

/** Number of occurrences of a problem, and its first location. */
export interface ProblemCount {
  readonly code: string;
  readonly column: string | null;
  readonly outcome: Outcome;
  readonly expected: string;
  readonly count: number;
  readonly samples: readonly ProblemSample[];
}

/**
 * Counts the problems of a chunk; `redact` names the columns whose values are withheld, along with those of
 * problems of the whole row. Costs one pass over the occurrences; calls `origin` only for samples.
 */
export function countProblems(
  problems: Problems,
  origin: Origin,
  redact: ReadonlySet<string>,
): ProblemCount[] {
  const counted: { kind: ProblemKind; rows: number[]; count: number }[] = [];
  const byKind = new Map<ProblemKind, number>();
  const byKey = new Map<string, number>();
  let last: ProblemKind | null = null;
  let index: number | undefined;
  for (let i = 0; i < problems.length; i++) {
    const kind = problems.kind(i);
    // Problems come by rule and column: most are of the same kind as the one before.
    if (kind !== last) index = byKind.get(kind);
    last = kind;
    if (index === undefined) {
      const key = problemKey(kind);
      index = byKey.get(key) ?? counted.length;
      if (index === counted.length) counted.push({ kind, rows: [], count: 0 });
      byKind.set(kind, index);
      byKey.set(key, index);
    }
    const entry = counted[index]!;
    entry.count++;
    keepLeast(entry.rows, i, problems, samplesOf(kind));
  }
  return counted.map(({ kind, rows, count }) => ({
    code: kind.code,
    column: kind.column,
    outcome: kind.outcome,
    expected: kind.expected,
    count,
    samples: rows.map((i) => {
      const row = problems.row(i);
      const found = saidAt(problems, i);
      const ofRow = kind.column === null || kind.code === 'rule';
      const withheld = ofRow ? redact.size > 0 : redact.has(kind.column);
      return {
        partition: null,
        row: sourceRow(origin, row),
        line: origin.locate(row).line,
        found: withheld || found === null ? null : shorten(String(found)),
      };
    }),
  }));
}

/** Returns the value that a problem found; for a value lost before the row was rejected, the original. */
function saidAt(problems: Problems, i: number): Found {
  const { column, outcome } = problems.kind(i);
  const said = problems.found(i);
  if (said !== null || column === null || outcome !== 'rejected') return said;
  for (const { kind, row, found } of problems)
    if (row === problems.row(i) && kind.column === column && found !== null) return found;
  return null;
}

/** Merges two lists by first occurrence; keeps each problem's first samples by partition and row. */
export function mergeProblems(a: readonly ProblemCount[], b: readonly ProblemCount[]): ProblemCount[] {
  if (b.length === 0) return [...a];
  const merged = new Map(a.map((problem) => [problemKey(problem), problem]));
  for (const problem of b) {
    const key = problemKey(problem);
    const before = merged.get(key);
    merged.set(key, before === undefined ? problem : mergeOne(before, problem));
  }
  return [...merged.values()];
}

/** Returns the problems with their samples assigned to `partition`, as merged in a run's list. */
export function placeProblems(problems: readonly ProblemCount[], partition: string): ProblemCount[] {
  return problems.map((problem) => ({
    ...problem,
    samples: problem.samples.map((sample) => ({ ...sample, partition })),
  }));
}

function mergeOne(a: ProblemCount, b: ProblemCount): ProblemCount {
  const samples = [...a.samples, ...b.samples].sort(bySource).slice(0, samplesOf(a));
  return { ...a, count: a.count + b.count, samples };
}

function bySource(a: ProblemSample, b: ProblemSample): number {
  const left = a.partition ?? '';
  const right = b.partition ?? '';
  return left === right ? a.row - b.row : left < right ? -1 : 1;
}

function problemKey({ code, column, outcome }: Pick<ProblemCount, 'code' | 'column' | 'outcome'>): string {
  return JSON.stringify([code, column, outcome]);
}

/** Keeps in `kept` the occurrences of the lowest rows, ascending. */
function keepLeast(kept: number[], occurrence: number, problems: Problems, most: number): void {
  const row = problems.row(occurrence);
  if (kept.length === most && problems.row(kept[most - 1]!) <= row) return;
  let at = kept.length;
  while (at > 0 && problems.row(kept[at - 1]!) > row) at--;
  kept.splice(at, 0, occurrence);
  if (kept.length > most) kept.pop();
}

function shorten(text: string): string {
  if (text.length <= maxFoundLength) return text;
  const cut = text.slice(0, maxFoundLength);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
