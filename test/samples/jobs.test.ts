import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { cellsOf, models, readTable } from './samples.js';

interface Contract {
  readonly range?: readonly [number, number];
  readonly categories?: readonly string[];
}

interface Job {
  readonly name: string;
  readonly model: { readonly path: string; readonly inputs?: Readonly<Record<string, readonly string[]>> };
  readonly columns: Readonly<Record<string, Contract>>;
  readonly output: { readonly columns: readonly string[] };
}

function readJob(name: string): Job {
  return parse(readFileSync(`jobs/${name}.yaml`, 'utf8')) as Job;
}

const tables = [readTable('flights/2013-01-01.csv'), readTable('truth/2013-01-04.csv')];

test('each sample job is named after its file and model, and finds the model from its own folder', () => {
  for (const name of models) {
    const job = readJob(name);
    assert.equal(job.name, name);
    assert.ok(existsSync(join(dirname(`jobs/${name}.yaml`), job.model.path)), job.model.path);
    for (const column of job.output.columns) assert.ok(job.columns[column], column);
  }
});

test('clean days keep to the contracts of the sample jobs', () => {
  for (const name of models) {
    for (const [column, contract] of Object.entries(readJob(name).columns)) {
      for (const table of tables) {
        const cells = cellsOf(table, column).filter((cell) => cell !== '');
        const { range, categories } = contract;
        if (range !== undefined) {
          const strays = cells.filter((cell) => !(Number(cell) >= range[0] && Number(cell) <= range[1]));
          assert.deepEqual(strays, [], column);
        }
        if (categories !== undefined) {
          const strays = cells.filter((cell) => !categories.includes(cell));
          assert.deepEqual(strays, [], column);
        }
      }
    }
  }
});

test('both jobs list the same categories, sorted, as the trees know them by index', () => {
  const [linear, trees] = models.map(readJob) as [Job, Job];
  for (const column of ['carrier', 'origin', 'dest']) {
    const categories = trees.columns[column]!.categories!;
    assert.deepEqual(categories, [...categories].sort(), column);
    assert.deepEqual(linear.columns[column]!.categories, categories, column);
  }
  assert.equal(trees.columns['carrier']!.categories!.length, 16);
  assert.equal(trees.columns['dest']!.categories!.length, 105);
  const packed = trees.model.inputs!['features']!;
  assert.equal(packed.length, 12);
  for (const column of packed) assert.ok(trees.columns[column], column);
});
