import type { ColumnType } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { fillOf, type Stored, showStored, storedValue } from './cell.js';
import type { ColumnContract, Derivation, RepairPlan } from './contract.js';
import { inOrder } from './derivations.js';
import {
  columnOfNumbers,
  columnOfTruths,
  type Derived,
  textColumns,
  textsOfValues,
} from './derived-column.js';
import { forEntries, lookUp } from './dictionary.js';
import { editColumn } from './edit-column.js';
import { valueEvaluator } from './evaluate-expression.js';
import { columnsOf } from './expression.js';
import { parseDerivation } from './parse-expression.js';
import type { Rule, Step } from './rule.js';
import { showRow } from './show-row.js';
import { countUnknown } from './unknown-values.js';
import { valueRules } from './value-rules.js';
import { type Numbers, type Texts, type Truths, truth } from './vectors.js';
import { isDead, note, type Work } from './work.js';

/**
 * Computes derived columns, each after the columns that it reads, and applies the value rules to them. A
 * missing value among those that it reads makes the result missing; an undefined result (0 / 0, log(-1)), or
 * one that does not fit the type, is a problem.
 */
export const deriveColumns = {
  name: 'derive-columns',
  codes: ['undefined-value', 'unmapped-value'],
  compile(plan) {
    const derived = inOrder(plan.columns);
    if (derived.length === 0) return null;
    const types = new Map(plan.columns.map(({ name, type }) => [name, type]));
    const steps = derived.flatMap((contract) => [
      compileColumn(contract, types, plan),
      ...valueRules.flatMap(
        (rule) => rule.compile({ ...plan, columns: [{ ...contract, derivation: null }] }) ?? [],
      ),
    ]);
    return (work) => {
      for (const step of steps) step(work);
    };
  },
} satisfies Rule;

function compileColumn(
  contract: ColumnContract & { readonly derivation: Derivation },
  types: ReadonlyMap<string, ColumnType>,
  plan: RepairPlan,
): Step {
  const { name, derivation } = contract;
  const expression = parseDerivation(derivation.from, types, name);
  const evaluate = valueEvaluator(expression);
  const read = columnsOf(expression);
  const shown = read.filter((column) => !plan.redact.includes(column));
  const toColumn = derivation.map === null ? converter(contract) : mapper(contract, derivation.map, plan);
  const kind: ProblemKind = {
    code: 'undefined-value',
    column: name,
    expected: `a ${contract.type} from ${derivation.from}`,
    outcome: 'flagged',
  };
  return (work) => {
    const { column, lost } = toColumn(evaluate(work), work);
    work.columns.set(name, column);
    for (const row of lost) {
      if (isDead(work, row) || read.some((other) => !isPresent(work.columns.get(other)!.validity, row)))
        continue;
      note(work, kind, row, showRow(work, shown, row), null);
    }
    work.onDerived?.(name, column);
  };
}

/** Converts the values of all rows of the chunk. */
type ToColumn = (values: Numbers | Texts | Truths, work: Work) => Derived;

function converter({ type, categories }: ColumnContract): ToColumn {
  if (type === 'string') {
    const toColumn = textColumns(categories ?? []);
    return (values) => toColumn(textsOfValues(values));
  }
  return (values) => {
    return values instanceof Float64Array
      ? columnOfNumbers(type, values)
      : columnOfTruths(type, values as Truths);
  };
}

/** Looks up the text of each value; the column's policy `unknown` applies to values that `map` lacks. */
function mapper(
  contract: ColumnContract,
  map: NonNullable<Derivation['map']>,
  { redact }: RepairPlan,
): ToColumn {
  const { name, type, unknown, categories } = contract;
  const indices = new Map(map.map(({ from }, i) => [from, i]));
  const values = map.map(({ to }) => storedValue(type, to, name, 'map'));
  const toColumn = columnOfIndices(type, values, categories ?? []);
  const fill = fillOf(type, unknown, name, 'unknown');
  const became = fill === null ? null : showStored(type, fill);
  const ofEntries = forEntries((text) => indices.get(text) ?? -1);
  const kind: ProblemKind = {
    code: 'unmapped-value',
    column: name,
    expected: 'a value under "map"',
    outcome: fill !== null ? 'repaired' : unknown.kind === 'reject' ? 'rejected' : 'flagged',
  };
  return (found, work) => {
    const texts = textsOfValues(found);
    const { codes, dictionary } = texts;
    // The index of each entry, entry -1 (missing) first.
    const table = new Int32Array([-1, ...ofEntries(texts)]);
    const mapped = new Int32Array(work.rows);
    let unmapped = 0;
    for (
      let row = lookUp(table, codes, 0, mapped);
      row < work.rows;
      row = lookUp(table, codes, row + 1, mapped)
    )
      if (codes[row]! >= 0) unmapped++;
    const { column } = toColumn(mapped);
    if (unmapped === 0) return { column, lost: [] };
    const edit = fill === null ? null : editColumn(column);
    const counts = new Map<string, number>();
    for (let row = 0; row < work.rows; row++) {
      if (mapped[row]! >= 0 || codes[row]! < 0 || isDead(work, row)) continue;
      const text = dictionary[codes[row]!]!;
      counts.set(text, (counts.get(text) ?? 0) + 1);
      note(work, kind, row, text, became);
      edit?.put(row, fill!);
    }
    if (counts.size === 0) return { column, lost: [] };
    work.unknown.push(countUnknown(name, counts, redact.includes(name)));
    return { column: edit?.done() ?? column, lost: [] };
  };
}

/** Returns a function that turns indices into `values` (-1: missing) into a column. */
function columnOfIndices(
  type: ColumnType,
  values: readonly Stored[],
  categories: readonly string[],
): (indices: Int32Array) => Derived {
  if (type === 'string') {
    const toTexts = textColumns(categories);
    return (codes) => toTexts({ codes, dictionary: values as readonly string[] });
  }
  const numbers = Float64Array.from(values, Number);
  return (indices) => {
    const found = new Float64Array(indices.length);
    for (let row = 0; row < found.length; row++) {
      const index = indices[row]!;
      found[row] = index < 0 ? Number.NaN : numbers[index]!;
    }
    if (type !== 'boolean') return columnOfNumbers(type, found);
    const truths = new Uint8Array(found);
    for (let row = 0; row < found.length; row++) if (indices[row]! < 0) truths[row] = truth.missing;
    return columnOfTruths(type, truths);
  };
}
