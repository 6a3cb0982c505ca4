import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutputField } from '../../../src/chunk/batch.js';
import type { ColumnType } from '../../../src/chunk/column.js';
import { defaultParse } from '../../../src/chunk/read-plan.js';
import type { FormatName } from '../../../src/formats/format.js';
import { formats } from '../../../src/formats/formats.js';
import { type DecidedMarks, decimalMarks, type FirstMarks } from '../../../src/run/plan/decimal-marks.js';
import type { RunColumn } from '../../../src/run/plan/resolve-contract.js';
import { outputBytes } from '../../formats/made-output.js';
import { columnOf, contract } from '../../repair/tables.js';
import { workdir } from '../../workdir.js';

function column(name: string, type: ColumnType, decimalAuto = true): RunColumn {
  return {
    contract: contract(name, type),
    nullValues: { csv: [''], typed: [''] },
    parse: defaultParse,
    decimalAuto,
    isFeature: false,
    isCarried: false,
    isOnlyCarried: false,
    exact: null,
  };
}

/** The marks decided for a table of texts written as a file of the format. */
async function marksOf(
  name: FormatName,
  table: Readonly<Record<string, readonly string[]>>,
  columns: readonly RunColumn[],
  first: FirstMarks | null = null,
): Promise<Record<string, string>> {
  return Object.fromEntries((await decidedOf(name, table, columns, first)).marks);
}

/** Returns the marks decided for such a file; cells are separated by tabs unless given. */
async function decidedOf(
  name: FormatName,
  table: Readonly<Record<string, readonly string[]>>,
  columns: readonly RunColumn[],
  first: FirstMarks | null = null,
  delimiter = '\t',
): Promise<DecidedMarks> {
  const dir = workdir();
  const format = await formats[name]();
  const names = Object.keys(table);
  const rows = table[names[0]!]!.length;
  const lines = [names, ...Array.from({ length: rows }, (_, row) => names.map((each) => table[each]![row]!))];
  const fields = names.map((each): OutputField => ({ name: each, type: 'string', dictionary: false }));
  const cells = names.map((each) => columnOf({ type: 'string', cells: table[each]!, layout: 'text' }));
  const bytes =
    name === 'csv'
      ? Buffer.from(lines.map((line) => `${line.join(delimiter)}\n`).join(''))
      : await outputBytes(format, [{ rows, columns: cells }], fields);
  const source = await format.open(dir.write(`table.${name}`, bytes), { csv: {} });
  return await decimalMarks(source, columns, first);
}

for (const format of ['csv', 'jsonl', 'parquet', 'arrow'] as const) {
  describe(`decimal marks of a ${format} file with texts`, () => {
    it('are what each column itself proves', async () => {
      const table = { price: ['3,50', '1,234', '0,1'], rate: ['0.5', '1.25', '1.234'], n: ['1', '2', '3'] };
      const columns = [column('price', 'float32'), column('rate', 'float64'), column('n', 'int64')];
      assert.deepEqual(await marksOf(format, table, columns), { price: ',', rate: '.' });
    });

    it('that a column does not prove are the ones on which all others agree', async () => {
      const table = { price: ['3,50', '1,10'], count: ['1.234', '2.345'], n: ['1', '2'] };
      const columns = [column('price', 'float32'), column('count', 'float32'), column('n', 'float32')];
      assert.deepEqual(await marksOf(format, table, columns), { price: ',', count: ',', n: ',' });
    });

    it('stay unknown where only thousands marks may stand in the sample', async () => {
      const table = { a: ['1,234', '56,789'], b: ['1', '2'] };
      assert.deepEqual(await marksOf(format, table, [column('a', 'float64'), column('b', 'float64')]), {});
    });

    it('are proven by groups of three where only whole numbers may stand', async () => {
      const table = { a: ['1.234', '56.789'], b: ['1,234', '2'] };
      assert.deepEqual(await marksOf(format, table, [column('a', 'int32'), column('b', 'int64')]), {
        a: ',',
        b: '.',
      });
    });

    it('come from the first file where this one says nothing, and yield to what it says', async () => {
      const table = { a: ['1,234', '5'], b: ['1.5', '2.5'] };
      const delimiter = format === 'csv' ? '\t' : null;
      const first: FirstMarks = {
        marks: new Map([
          ['a', ','],
          ['b', ','],
        ] as const),
        signs: new Map(),
        delimiter,
      };
      const columns = [column('a', 'float32'), column('b', 'float32')];
      assert.deepEqual(await marksOf(format, table, columns, first), { a: ',', b: '.' });
      assert.deepEqual(await marksOf(format, table, columns, { ...first, delimiter: '|' }), {
        b: '.',
        a: '.',
      });
    });

    it('are not looked for where the job names them, and in no column but numbers', async () => {
      const table = { a: ['1,5', '2,5'], b: ['1,5', '2,5'], c: ['1,5', '2,5'] };
      const columns = [column('a', 'float32', false), column('b', 'string'), column('c', 'list<float32>')];
      assert.deepEqual(await marksOf(format, table, columns), {});
    });
  });
}

describe('a column of points with three digits after each', () => {
  const alike = ['1.083', '2.150', '7.312'];
  const decided = (others: Record<string, readonly string[]>) =>
    decidedOf('csv', { x: alike, ...others }, [column('x', 'float64')]);

  it('is read as decimals, and that nothing proves it is said', async () => {
    const { marks, unproven, doubtful } = await decided({ id: ['1', '2', '3'] });
    assert.deepEqual([[...marks], unproven, doubtful], [[], ['x'], []]);
  });

  it('is in doubt where another column of the file has decimal commas, in the contract or not', async () => {
    const { marks, unproven, doubtful } = await decided({ y: ['1.083,20', '2,5', '7,25'] });
    assert.deepEqual([[...marks], unproven, doubtful], [[['x', ',']], [], ['x']]);
  });

  it('is sure where other columns of the file have decimal points', async () => {
    const { marks, unproven, doubtful } = await decided({ y: ['1.5', '2.5', '7.25'] });
    assert.deepEqual([[...marks], unproven, doubtful], [[['x', '.']], [], []]);
  });
});

describe('thousands marks', () => {
  type Cells = readonly string[];
  const decide = async (
    cells: Cells,
    type: ColumnType,
    delimiter = '\t',
    others: Record<string, Cells> = {},
  ) => {
    const table = { a: cells, k: cells.map((_, i) => `key ${i}`), ...others };
    const columns = [column('a', type), ...Object.keys(others).map((name) => column(name, 'float64'))];
    const { marks, groupings, doubtful } = await decidedOf('csv', table, columns, null, delimiter);
    const grouping = groupings.get('a')!;
    return {
      mark: marks.get('a') ?? '.',
      sure: grouping === 'certain' ? 'certain' : grouping === 'doubtful' ? 'doubtful' : 'by size',
      said: doubtful.includes('a'),
    };
  };

  it('are certain only where the column proves them', async () => {
    const sure = { mark: '.', sure: 'certain', said: false };
    assert.deepEqual(await decide(['1,234,567', '1,234'], 'float64'), sure);
    assert.deepEqual(await decide(['1,234.5', '1,234'], 'float64'), sure);
    assert.deepEqual(await decide(['2.5', '1,234'], 'float32'), sure);
    assert.deepEqual(await decide(['1,234', '2,345'], 'int64'), sure);
    const open = { mark: '.', sure: 'doubtful', said: true };
    assert.deepEqual(await decide(['1,083', '2,150', '3,5'], 'int64'), open);
    assert.deepEqual(await decide(['1,083', '1,079'], 'float64'), open);
    assert.deepEqual(await decide(['1,083', '1,079'], 'float64', '|'), open);
    assert.deepEqual(await decide(['-1,083', '+1,079'], 'float32'), open);
    assert.deepEqual(await decide(['$1,083', '$1,079'], 'float32'), open);
    assert.deepEqual(await decide(['1,083', '1,079'], 'float64', '\t', { b: ['2.5', '3.5'] }), open);
    assert.deepEqual(await decide(['1,083', '1,5', '2.5'], 'float64'), open);
  });

  it('are certain where all other numbers of the column are as large, or it has whole numbers only', async () => {
    const bySize = { mark: '.', sure: 'by size', said: false };
    assert.deepEqual(await decide(['1,083', '950', '870', '990'], 'float64'), bySize);
    assert.deepEqual(await decide(['1,083', '1', '3', '2'], 'float64'), { ...bySize, said: true });
    const counts = Array.from({ length: 30 }, (_, i) => String(i));
    assert.deepEqual(await decide(['1,083', ...counts], 'float64'), {
      mark: '.',
      sure: 'certain',
      said: false,
    });
    assert.deepEqual(await decide(counts, 'float64', ';'), bySize);
  });

  it('are decimal commas in a file with semicolons, unless the column speaks against it', async () => {
    assert.deepEqual(await decide(['1,083', '1,079'], 'float64', ';'), {
      mark: ',',
      sure: 'doubtful',
      said: false,
    });
    assert.deepEqual(await decide(['1.083', '1.079'], 'float64', ';'), {
      mark: ',',
      sure: 'doubtful',
      said: true,
    });
    assert.deepEqual(await decide(['1.083', '0.5'], 'float64', ';'), {
      mark: '.',
      sure: 'certain',
      said: false,
    });
    assert.deepEqual(await decide(['1.083', '1.079'], 'float64', ';', { b: ['2.5', '3.5'] }), {
      mark: '.',
      sure: 'doubtful',
      said: false,
    });
    assert.deepEqual(await decide(['1,083', '950', '870', '990'], 'float64', ';'), {
      mark: '.',
      sure: 'doubtful',
      said: true,
    });
    assert.deepEqual(await decide(['1,083', '1,079'], 'int64', ';'), {
      mark: '.',
      sure: 'doubtful',
      said: true,
    });
    assert.deepEqual(await decide(['1.083', '1.079'], 'int64', ';'), {
      mark: ',',
      sure: 'certain',
      said: false,
    });
    assert.deepEqual(await decide(['1.083', '1.079'], 'int64'), { mark: ',', sure: 'doubtful', said: true });
  });

  it('are looked for where points stand between numbers that are a thousand times as large', async () => {
    const dotted = ['1.083', '2.500', '950', '870', '990'];
    assert.deepEqual(await decide(dotted, 'float64'), { mark: ',', sure: 'doubtful', said: true });
    assert.deepEqual(await decide(['1.083', '1.079'], 'float64'), {
      mark: '.',
      sure: 'doubtful',
      said: false,
    });
  });
});
