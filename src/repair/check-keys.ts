import type { ProblemKind } from '../chunk/problem.js';
import { badContract } from './bad-contract.js';
import { cellAt } from './cell.js';
import type { ColumnContract, RepairPlan } from './contract.js';
import { eachMissing } from './missing-rows.js';
import type { Rule } from './rule.js';
import { isDead, note, type Work } from './work.js';

/** Finds missing keys, and rows that the keys pass found to be repeated (see key-ledger.ts). */
export const checkKeys = {
  name: 'check-keys',
  codes: ['missing-key', 'repeated-key'],
  compile(plan) {
    const keys = plan.columns.filter(({ key }) => key);
    if (keys.length === 0) return null;
    const repeated = repeatedPolicy(keys);
    const missingKinds = keys.map((contract) => missingKind(contract, repeated));
    const name = keys.map((contract) => contract.name).join('+');
    const repeatedKind: ProblemKind = {
      code: 'repeated-key',
      column: name,
      expected:
        repeated === 'keep_last' ? 'a key that does not occur again' : 'a key that has not occurred before',
      outcome: repeated === 'flag' ? 'flagged' : 'rejected',
    };
    const shown = showKeys(plan, keys);
    return (work) => {
      for (const kind of missingKinds) {
        const column = work.columns.get(kind.column!);
        if (column === undefined) continue;
        eachMissing(column.validity, column.length, (row) => {
          if (!isDead(work, row)) note(work, kind, row, null, undefined);
        });
      }
      if (work.repeated === null) return;
      for (const row of work.repeated) {
        if (!isDead(work, row)) note(work, repeatedKind, row, shown(work, row), undefined);
      }
    };
  },
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    readonly key: boolean;
    readonly repeated: Repeated;
  }
}

type Repeated = 'flag' | 'reject' | 'keep_last';

export const noKey = { key: false, repeated: 'flag' } satisfies Partial<ColumnContract>;

/** Returns the policy for repeated keys; throws `InvalidError` if two columns of one key disagree. */
function repeatedPolicy(keys: readonly ColumnContract[]): Repeated {
  const odd = keys.find(({ repeated }) => repeated !== keys[0]!.repeated);
  if (odd !== undefined) {
    throw badContract(
      odd.name,
      'repeated',
      `must be the same for all columns of the key, found ${keys[0]!.repeated} and ${odd.repeated}`,
      'rows are repeated as a whole: set it once, or to the same value in each',
    );
  }
  const list = keys.find(({ type }) => type === 'list<float32>');
  if (list !== undefined) {
    throw badContract(
      list.name,
      'key',
      `needs a column of single values, found type ${list.type}`,
      'choose another column as the key',
    );
  }
  return keys[0]!.repeated;
}

/** Returns the problem of a missing key: such a row is rejected wherever repeated keys are. */
function missingKind({ name, missing }: ColumnContract, repeated: Repeated): ProblemKind {
  const isRejected = missing.kind === 'reject' || repeated !== 'flag';
  return {
    code: 'missing-key',
    column: name,
    expected: 'a key',
    outcome: isRejected ? 'rejected' : 'flagged',
  };
}

function showKeys(plan: RepairPlan, keys: readonly ColumnContract[]) {
  const shown = keys.filter(({ name }) => !plan.redact.includes(name));
  return (work: Work, row: number) => {
    const values = shown.map(({ name }) => {
      const column = work.columns.get(name);
      return column === undefined ? null : cellAt(column, row);
    });
    return values.length > 1 ? values.join(', ') : (values[0] ?? null);
  };
}
