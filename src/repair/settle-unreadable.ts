import type { ProblemKind } from '../chunk/problem.js';
import { fillOf, type Stored, showStored } from './cell.js';
import type { ColumnContract, Policy } from './contract.js';
import { type ColumnEdit, editColumn } from './edit-column.js';
import type { Rule } from './rule.js';

/** Codes of cells read without certainty: left missing, or with the likelier of two numbers. */
const unreadableCodes: ReadonlySet<string> = new Set([
  'unreadable',
  'overflow',
  'number-ambiguous',
  'date-ambiguous',
  'mixed-units',
  'time-skipped',
  'time-repeated',
]);

/** Handles unreadable cells: the problem gets the contract's outcome, and the cell its fill. */
export const settleUnreadable = {
  name: 'settle-unreadable',
  codes: [...unreadableCodes],
  compile(plan) {
    const policies = new Map<string, Settled>();
    for (const contract of plan.columns) {
      if (contract.unreadable.kind !== 'flag') policies.set(contract.name, compileColumn(contract));
    }
    if (policies.size === 0) return null;
    const settled = rememberKinds(policies);
    return (work) => {
      const { problems } = work;
      const edits = new Map<string, ColumnEdit>();
      for (let i = 0; i < work.read; i++) {
        const kind = problems.kind(i);
        const policy = kind.column === null ? undefined : policies.get(kind.column);
        if (policy === undefined || !unreadableCodes.has(kind.code)) continue;
        problems.setKind(i, settled(kind));
        if (policy.fill === null) continue;
        const column = work.columns.get(policy.name);
        if (column === undefined) continue;
        let edit = edits.get(policy.name);
        if (edit === undefined) edits.set(policy.name, (edit = editColumn(column)));
        edit.put(problems.row(i), policy.fill);
        if (work.became !== null) work.became[i] = showStored(column.type, policy.fill);
      }
      for (const [name, edit] of edits) work.columns.set(name, edit.done());
    };
  },
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    readonly unreadable: Policy<'flag' | 'reject'>;
  }
}

export const flagUnreadable = { unreadable: { kind: 'flag' } } satisfies Partial<ColumnContract>;

interface Settled {
  readonly name: string;
  readonly outcome: 'repaired' | 'rejected';
  readonly fill: Stored | null;
}

function compileColumn({ name, type, unreadable }: ColumnContract): Settled {
  const fill = fillOf(type, unreadable, name, 'unreadable');
  return { name, outcome: fill === null ? 'rejected' : 'repaired', fill };
}

/** Caches one final kind for each of the decoder's, shared by all its occurrences. */
function rememberKinds(policies: ReadonlyMap<string, Settled>): (kind: ProblemKind) => ProblemKind {
  const settled = new Map<string, ProblemKind>();
  let last: ProblemKind | null = null;
  let lastSettled: ProblemKind | null = null;
  return (kind) => {
    if (kind === last) return lastSettled!;
    const key = JSON.stringify([kind.code, kind.column, kind.expected]);
    let found = settled.get(key);
    if (found === undefined) {
      found = { ...kind, outcome: policies.get(kind.column!)!.outcome };
      settled.set(key, found);
    }
    last = kind;
    lastSettled = found;
    return found;
  };
}
