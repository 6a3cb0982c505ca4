import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';
import { writeParquet } from './write-parquet.js';

// A feature lost in every row means a wrong file or contract: nothing is published, and a check says so
// before.

const rows = Array.from({ length: 30 }, (_, row) => row);

async function folder(text: string): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('a', 'x'));
  dir.write('in.csv', text);
  return dir;
}

function table(x: (row: number) => string): string {
  return `a,x\n${rows.map((row) => `${row},${x(row)}\n`).join('')}`;
}

const job = {
  input: { path: 'in.csv' },
  columns: { a: { type: 'float32' }, x: { type: 'float32' } } as Record<string, object>,
};

function closes(dir: Workdir, more: object, sentence: RegExp): void {
  const checked = runJob(dir, { ...job, ...more }, 'check');
  assert.equal(checked.code, 2, checked.stdout);
  assert.match(checked.stdout, sentence);
  const ran = runJob(dir, { ...job, ...more });
  assert.equal(ran.code, 3, ran.stdout);
  assert.equal(lastLine(ran).partitions.published, 0);
  assert.match(said(ran) + ran.stdout, sentence);
}

function publishes(dir: Workdir, more: object): void {
  const checked = runJob(dir, { ...job, ...more }, 'check');
  assert.equal(checked.code, 0, checked.stdout);
  const ran = runJob(dir, { ...job, ...more });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(lastLine(ran).partitions.published, 1);
}

describe('a feature without a usable value in any row closes the gate', () => {
  it('texts where numbers are due', async () => {
    closes(await folder(table((row) => `t${row}`)), {}, /x is unreadable in every row \(30 rows\)/);
  });

  it('infinite numbers, alone or among texts and missing cells', async () => {
    const all = await folder(table((row) => (row % 2 ? 'inf' : '-Infinity')));
    closes(all, {}, /x is infinite in every row \(30 rows\)/);
    const some = await folder(table((row) => ['inf', 'low', ''][row % 3]!));
    closes(some, {}, /x is unreadable or infinite in every row \(30 rows\)/);
    publishes(all, { quality: { empty_features: 'warn' } });
  });

  it('texts among missing cells', async () => {
    closes(await folder(table((row) => (row % 2 ? 'low' : ''))), {}, /x is unreadable in every row/);
  });

  it('texts in a file of a few rows', async () => {
    closes(await folder('a,x\n1,low\n2,high\n'), {}, /x is unreadable in every row \(2 rows\)/);
  });

  it('numbers that the type cannot hold', async () => {
    const columns = { ...job.columns, x: { type: 'int32' } };
    closes(await folder(table(() => '99999999999')), { columns }, /x is unreadable in every row/);
  });

  it('unreadable cells that the contract fills', async () => {
    const columns = { ...job.columns, x: { type: 'float32', unreadable: { fill: 0 } } };
    closes(await folder(table(() => 'n/k')), { columns }, /x is unreadable in every row/);
  });

  it('dates in another layout than declared', async () => {
    const columns = { ...job.columns, x: { type: 'date', layouts: ['yyyy-MM-dd'] } };
    closes(await folder(table(() => '04.01.2013')), { columns }, /x is unreadable in every row/);
  });

  it('missing or NaN in every row', async () => {
    closes(await folder(table(() => '')), {}, /x has no value in any row \(30 rows\)/);
    closes(await folder(table(() => 'NaN')), {}, /x has no value in any row \(30 rows\)/);
  });

  it('Parquet text, and Parquet nulls and NaN, under a contract of numbers', async () => {
    const cells = {
      text: { sqlType: 'varchar', cells: rows.map(() => 'low') },
      nothing: { sqlType: 'float', cells: rows.map(() => null) },
      nan: { sqlType: 'float', cells: rows.map(() => 'nan') },
    };
    for (const x of Object.values(cells)) {
      const dir = await folder('');
      await writeParquet(join(dir.path, 'in.parquet'), [
        { name: 'a', sqlType: 'float', cells: rows.map(String) },
        { name: 'x', ...x },
      ]);
      closes(dir, { input: { path: 'in.parquet' } }, /x (is unreadable|has no value)/);
    }
  });
});

describe('the gate stays open', () => {
  it('where one row has a value', async () => {
    publishes(await folder(table((row) => (row === 7 ? '1' : 'low'))), {});
  });

  it('where few rows miss theirs, or the contract says what to do about missing values', async () => {
    publishes(await folder('a,x\n1,\n2,\n'), {});
    const empty = table(() => '');
    const filled = { ...job.columns, x: { type: 'float32', missing: { fill: 0 } } };
    publishes(await folder(empty), { columns: filled });
    publishes(await folder(empty), { columns: { ...job.columns, x: { type: 'float32', max_null: '100%' } } });
  });

  it('where the job says so', async () => {
    const text = table(() => 'low');
    publishes(await folder(text), { quality: { empty_features: 'ignore' } });
    publishes(await folder(text), { quality: { empty_features: 'warn' } });
  });

  it('for a column that feeds nothing', async () => {
    publishes(await folder('a,x,note\n1,2,\n'.concat('1,2,low\n'.repeat(20))), {
      columns: { ...job.columns, note: { type: 'float32' } },
    });
  });
});
