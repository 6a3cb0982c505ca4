import type { Chunk } from '../chunk/chunk.js';
import type { Column } from '../chunk/column.js';
import type { Problems } from '../chunk/problem.js';
import { cellAt } from './cell.js';
import type { RepairPlan } from './contract.js';
import { malformedRows, redactProblems } from './redact.js';
import { type RowStatus, rowStatus } from './row-status.js';
import type { Step } from './rule.js';
import { rules } from './rules.js';
import type { UnknownValues } from './unknown-values.js';
import type { Became, OnDerived, Work } from './work.js';

/**
 * A chunk that fulfils the contract, and the repairs; without problems, lists are empty and `status`, `kept`
 * null.
 */
export interface RepairedChunk extends RowStatus {
  /** The chunk with its repaired columns (the same objects if unchanged) and all problems. */
  readonly chunk: Chunk;
  /** With `audit`, parallel to the problems: the new value of the cell, undefined if it is unchanged. */
  readonly became: readonly Became[] | null;
  /** For each column with categories that contained unknown values. */
  readonly unknown: readonly UnknownValues[];
}

/** The compiled contract of sources whose columns match in the same way; used for one chunk after another. */
export interface Repair {
  /**
   * Repairs a chunk in place: completes the list of problems and changes numbers and codes. `repeated` names
   * the chunk's rows whose key is repeated in the run (null: none). Clean columns cost one pass over their
   * numbers, or over their dictionary. `onDerived` is called with each derived column before the rules change
   * it.
   */
  apply(chunk: Chunk, repeated: Int32Array | null, onDerived?: OnDerived): RepairedChunk;
}

/** Compiles a plan; throws `InvalidError` naming the first mistake (`planMistakes` lists all). */
export function createRepair(plan: RepairPlan): Repair {
  const steps = rules.map((rule) => rule.compile(plan)).filter((step): step is Step => step !== null);
  const redacted = new Set(plan.redact);
  return {
    apply(chunk, repeated, onDerived) {
      checkColumns(chunk, plan);
      const { rows, problems } = chunk;
      const columns = new Map(chunk.columns);
      const work: Work = {
        rows,
        columns,
        problems,
        became: plan.audit ? becameOnReading(problems, columns) : null,
        dead: deadRows(problems, rows),
        malformed: redacted.size > 0 ? new Set(malformedRows(problems, problems.length)) : null,
        repeated: repeated !== null && repeated.length > 0 ? repeated : null,
        read: problems.length,
        surveys: new Map(),
        unknown: [],
        onDerived: onDerived ?? null,
      };
      for (const step of steps) step(work);
      redactProblems(problems, work.read, work.became, redacted);
      return {
        chunk: { ...chunk, columns },
        ...rowStatus(problems, rows),
        became: work.became,
        unknown: work.unknown,
      };
    },
  };
}

/** Throws if the decoder returned a column of another type: a bug that would silently give wrong results. */
function checkColumns(chunk: Chunk, plan: RepairPlan): void {
  for (const { name, type, derivation } of plan.columns) {
    if (derivation !== null) continue;
    const column = chunk.columns.get(name);
    if (column === undefined && !plan.absent.includes(name)) throw new Error(`chunk has no column "${name}"`);
    if (column !== undefined && column.type !== type) {
      throw new Error(`column "${name}" must be read as ${type}, found ${column.type}`);
    }
  }
}

/** Returns the rows that the decoder rejected as a whole. */
function deadRows(problems: Problems, rows: number): Uint8Array | null {
  let dead: Uint8Array | null = null;
  for (let i = 0; i < problems.length; i++) {
    const { column, outcome } = problems.kind(i);
    if (column !== null || outcome !== 'rejected') continue;
    dead ??= new Uint8Array(rows);
    dead[problems.row(i)] = 1;
  }
  return dead;
}

/** Returns the values read for the cells with the decoder's problems. */
function becameOnReading(problems: Problems, columns: ReadonlyMap<string, Column>): Became[] {
  return Array.from(problems, ({ kind, row }) => {
    const column = kind.column === null ? undefined : columns.get(kind.column);
    return column === undefined ? undefined : cellAt(column, row);
  });
}
