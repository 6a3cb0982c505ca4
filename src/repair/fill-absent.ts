import type { Column, ColumnType } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { InvalidError } from '../errors.js';
import { fillOf, type Stored, showStored } from './cell.js';
import type { ColumnContract, Policy } from './contract.js';
import type { Rule, Step } from './rule.js';
import { isDead, note, type Work } from './work.js';

/**
 * Handles columns that the source does not have: filled, or missing in every row. Every row gets a problem,
 * because no score is the same as with the column.
 */
export const fillAbsent = {
  name: 'fill-absent',
  codes: ['absent-column'],
  compile(plan) {
    const steps = plan.columns.filter(({ name }) => plan.absent.includes(name)).map(compileColumn);
    if (steps.length === 0) return null;
    return (work) => {
      for (const step of steps) step(work);
    };
  },
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    readonly absent: Policy<'fail' | 'missing'>;
  }
}

export const notAbsent = { absent: { kind: 'fail' } } satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract): Step {
  const { name, type, absent } = contract;
  if (absent.kind === 'fail') {
    throw new InvalidError(
      'absent-column',
      `column "${name}" must be in the input, found no column with that name`,
      {
        column: name,
        hint: 'correct "source", or say under "absent" what to do without it',
      },
    );
  }
  // If the column may be missing, it is filled like a missing cell.
  const fill = fillOf(type, absent, name, 'absent') ?? fillOf(type, contract.missing, name, 'missing');
  const kind: ProblemKind = {
    code: 'absent-column',
    column: name,
    expected: `a column named ${contract.source}`,
    outcome: fill === null ? 'flagged' : 'repaired',
  };
  const became = fill === null ? undefined : showStored(type, fill);
  return (work: Work) => {
    work.columns.set(name, constantColumn(type, work.rows, fill, contract.categories ?? []));
    for (let row = 0; row < work.rows; row++) if (!isDead(work, row)) note(work, kind, row, null, became);
  };
}

/** Returns a column that holds `value` in every row, or is missing in every row. */
export function constantColumn(
  type: ColumnType,
  length: number,
  value: Stored | null,
  categories: readonly string[],
): Column {
  const validity = value === null ? new Uint8Array((length + 7) >> 3) : null;
  switch (type) {
    case 'int32':
    case 'date':
      return { type, length, validity, values: new Int32Array(length).fill(Number(value ?? 0)) };
    case 'int64':
    case 'timestamp':
      return {
        type,
        length,
        validity,
        values: new BigInt64Array(length).fill(BigInt((value as bigint) ?? 0)),
      };
    case 'float32':
      return { type, length, validity, values: new Float32Array(length).fill(Number(value ?? Number.NaN)) };
    case 'float64':
      return { type, length, validity, values: new Float64Array(length).fill(Number(value ?? Number.NaN)) };
    case 'boolean':
      return { type, length, validity, values: new Uint8Array(length).fill(Number(value ?? 0)) };
    case 'string': {
      const dictionary =
        value === null || categories.includes(value as string)
          ? categories
          : [...categories, value as string];
      const codes = new Int32Array(length).fill(dictionary.indexOf(value as string));
      return { type, layout: 'dictionary', length, validity, codes, dictionary };
    }
    case 'list<float32>': {
      const vector = (value as Float32Array | null) ?? new Float32Array(0);
      const offsets = new Int32Array(length + 1);
      const items = new Float32Array(length * vector.length);
      for (let row = 0; row < length; row++) {
        items.set(vector, row * vector.length);
        offsets[row + 1] = (row + 1) * vector.length;
      }
      return { type, length, validity, offsets, items };
    }
  }
}
