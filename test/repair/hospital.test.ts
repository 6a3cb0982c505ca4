import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { ColumnContract, RowRule } from '../../src/repair/contract.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { chunkOf, contract, planOf, rowRule } from './tables.js';

// HoloClean's hospital table: 1,000 rows, 19 columns, 509 cells with letters replaced by x.

const folder = '../shared/corpora/holoclean/testdata';
const skip = existsSync(folder) ? false : 'the holoclean corpus is not here';

type Table = Readonly<Record<string, readonly (string | null)[]>>;

function readTables(): { dirty: Table; clean: Table; names: readonly string[] } {
  const read = (file: string) =>
    parse(readFileSync(`${folder}/${file}`, 'utf8'), { bom: true }) as string[][];
  const [names, ...rows] = read('hospital.csv') as [string[], ...string[][]];
  const orNull = (text: string) => (text === '' ? null : text);
  const dirty = Object.fromEntries(names.map((name, i) => [name, rows.map((row) => orNull(row[i]!))]));
  const clean = Object.fromEntries(
    names.map((name) => [name, new Array<string | null>(rows.length).fill(null)]),
  );
  for (const [row, name, value] of read('hospital_clean.csv').slice(1))
    clean[name!]![Number(row)] = orNull(value!);
  return { dirty, clean, names };
}

interface Measured {
  readonly precision: number;
  readonly recall: number;
  /** Of clean cells. */
  readonly falseAlarms: number;
  /** Of rows with a bad cell, those with any problem. */
  readonly rowRecall: number;
}

function measure(
  contracts: readonly ColumnContract[],
  rules: readonly RowRule[],
  { dirty, clean, names }: ReturnType<typeof readTables>,
  isMeasured: (row: number) => boolean = () => true,
): Measured {
  const chunk = chunkOf(
    Object.fromEntries(names.map((name) => [name, { type: 'string', cells: dirty[name]! }])),
  );
  const problems = [...createRepair(planOf(contracts, { rules })).apply(chunk, null).chunk.problems];
  const alarms = new Set(
    problems.flatMap(({ kind, row }) => (kind.code === 'rule' ? [] : [`${row} ${kind.column}`])),
  );
  const alarmedRows = new Set(problems.map(({ row }) => row));
  let hits = 0;
  let misses = 0;
  let falseOnes = 0;
  let quiet = 0;
  const badRows = new Set<number>();
  for (const name of names) {
    for (let row = 0; row < chunk.rows; row++) {
      if (!isMeasured(row)) continue;
      const isAlarm = alarms.has(`${row} ${name}`);
      if (dirty[name]![row] === clean[name]![row]) isAlarm ? falseOnes++ : quiet++;
      else {
        isAlarm ? hits++ : misses++;
        badRows.add(row);
      }
    }
  }
  return {
    precision: hits / (hits + falseOnes),
    recall: hits / (hits + misses),
    falseAlarms: falseOnes / (falseOnes + quiet),
    rowRecall: [...badRows].filter((row) => alarmedRows.has(row)).length / badRows.size,
  };
}

function distinct(cells: readonly (string | null)[]): string[] {
  return [...new Set(cells)].filter((cell) => cell !== null);
}

function show(t: { diagnostic(message: string): void }, title: string, measured: Measured): void {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const { precision, recall, falseAlarms, rowRecall } = measured;
  t.diagnostic(
    `${title}: precision ${percent(precision)}, recall ${percent(recall)}, false alarms ${percent(falseAlarms)}, rows found ${percent(rowRecall)}`,
  );
}

/** A contract as written from a look at the clean table: patterns, and values of short lists. */
const forms: readonly ColumnContract[] = [
  contract('ProviderNumber', 'string', { pattern: '\\d{5}' }),
  contract('ZipCode', 'string', { pattern: '\\d{5}' }),
  contract('PhoneNumber', 'string', { pattern: '\\d{10}' }),
  contract('Score', 'string', { pattern: '\\d{1,3}%' }),
  contract('Sample', 'string', { pattern: '\\d+ patients' }),
  contract('Stateavg', 'string', { pattern: '(al|ak)_[a-z]+(-[a-z]+)?-\\d[a-z]?' }),
];
const listed = [
  'State',
  'HospitalType',
  'HospitalOwner',
  'EmergencyService',
  'Condition',
  'MeasureCode',
  'MeasureName',
];
const rules = [rowRule('average', 'Stateavg != concat(concat(State, "_"), MeasureCode)', 'flag')];

test('a contract of forms and short lists finds most spoiled cells of its columns and no clean one', {
  skip,
}, (t) => {
  const tables = readTables();
  const lists = listed.map((name) => contract(name, 'string', { categories: distinct(tables.clean[name]!) }));
  const named = [...forms, ...lists].map(({ name }) => name);
  const all = measure([...forms, ...lists], rules, tables);
  show(t, `forms and short lists, all 19 columns`, all);
  const own = measure([...forms, ...lists], rules, {
    ...tables,
    names: tables.names.filter((name) => named.includes(name)),
  });
  show(t, `the same, the ${named.length} columns that it names`, own);
  assert.equal(all.falseAlarms, 0);
  assert.ok(own.recall > 0.95, `${own.recall}`);
  assert.ok(all.recall > 0.7, `${all.recall}`);
});

test('a contract with the categories of every column of at most 60 values finds all spoiled cells of them', {
  skip,
}, (t) => {
  const tables = readTables();
  const few = tables.names.filter((name) => distinct(tables.clean[name]!).length <= 60);
  const lists = few.map((name) => contract(name, 'string', { categories: distinct(tables.clean[name]!) }));
  const measured = measure([...lists, forms.find(({ name }) => name === 'Sample')!], rules, tables);
  show(t, 'categories of columns with at most 60 values, a form for Sample', measured);
  assert.equal(measured.falseAlarms, 0);
  assert.ok(measured.recall > 0.95, `${measured.recall}`);
});

test('categories that were learned on half of the rows raise few false alarms on the other half', {
  skip,
}, (t) => {
  const tables = readTables();
  const half = tables.names
    .map((name) => ({ name, values: distinct(tables.clean[name]!.filter((_, row) => row % 2 === 0)) }))
    .filter(({ name, values }) => values.length <= 60 && name !== 'Score');
  const lists = half.map(({ name, values }) => contract(name, 'string', { categories: values }));
  const plus = forms.filter(({ name }) => name === 'Score' || name === 'Sample');
  const measured = measure([...lists, ...plus], rules, tables, (row) => row % 2 === 1);
  show(t, 'the same from every other row, on the rows between', measured);
  assert.ok(measured.falseAlarms < 0.01, `${measured.falseAlarms}`);
});
