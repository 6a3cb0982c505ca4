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
import type { Became, Work } from './work.js';

/** A chunk that keeps the contract, and what had to be done; of a chunk without problems all lists are empty and `status` and `kept` null. */
export interface RepairedChunk extends RowStatus {
  /** The chunk with its columns as repaired (the same objects where nothing was changed) and its problems completed. */
  readonly chunk: Chunk;
  /** With `audit`, parallel to the problems: what the cell became, undefined where it was left as it was. */
  readonly became: readonly Became[] | null;
  /** Of each column with categories that held unknown values. */
  readonly unknown: readonly UnknownValues[];
}

/** The contract of one source, compiled; used for its chunks one after another. */
export interface Repair {
  /**
   * Settles a chunk in place: problems are completed, numbers and codes changed where they stand. `repeated` names the chunk's rows whose key is
   * repeated in the run (null: none). Clean columns cost one pass over their numbers, or over their dictionary.
   */
  apply(chunk: Chunk, repeated: Int32Array | null): RepairedChunk;
}

/** Compiles a plan; throws `InvalidError` naming the first column, option or rule that cannot be kept (`planMistakes` lists all). */
export function createRepair(plan: RepairPlan): Repair {
  const steps = rules.map((rule) => rule.compile(plan)).filter((step): step is Step => step !== null);
  const redacted = new Set(plan.redact);
  return {
    apply(chunk, repeated) {
      checkColumns(chunk, plan);
      const { rows, problems } = chunk;
      const columns = new Map(chunk.columns);
      const work: Work = {
        rows,
        columns,
        problems,
        became: plan.audit ? becameOnReading(problems, columns) : null,
        dead: deadRows(problems, rows),
        malformed: redacted.size > 0 ? new Set(malformedRows(problems, problems.kinds.length)) : null,
        repeated: repeated !== null && repeated.length > 0 ? repeated : null,
        read: problems.kinds.length,
        surveys: new Map(),
        unknown: [],
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

/** A column of another type would be judged wrongly in silence, so a decoder that gives one is a bug. */
function checkColumns(chunk: Chunk, plan: RepairPlan): void {
  for (const { name, type } of plan.columns) {
    const column = chunk.columns.get(name);
    if (column === undefined && !plan.absent.includes(name)) throw new Error(`chunk has no column "${name}"`);
    if (column !== undefined && column.type !== type) {
      throw new Error(`column "${name}" must be read as ${type}, found ${column.type}`);
    }
  }
}

/** Rows that the decoder rejected as a whole. */
function deadRows({ kinds, rows: at }: Problems, rows: number): Uint8Array | null {
  let dead: Uint8Array | null = null;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i]!.column !== null || kinds[i]!.outcome !== 'rejected') continue;
    dead ??= new Uint8Array(rows);
    dead[at[i]!] = 1;
  }
  return dead;
}

/** What the cells with the decoder's problems were read as. */
function becameOnReading(problems: Problems, columns: ReadonlyMap<string, Column>): Became[] {
  return problems.kinds.map(({ column: name }, i) => {
    const column = name === null ? undefined : columns.get(name);
    return column === undefined ? undefined : cellAt(column, problems.rows[i]!);
  });
}
