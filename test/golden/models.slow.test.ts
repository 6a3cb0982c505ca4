import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { openSession } from '../../src/model/open-session.js';
import { caseOf } from '../model/cases.js';
import { lastLine, workdir } from '../workdir.js';
import { assertRow, csvText, type TextColumn, tableOf } from './case-tables.js';
import { query } from './query.js';
import { writeParquet } from './write-parquet.js';

/** Position of a scored column in Python's answers: a whole tensor, or one index of each row. */
type Answer = string | readonly [string, number];

interface Golden {
  readonly name: string;
  /** The behaviour that it shows. */
  readonly shows: string;
  readonly format: 'csv' | 'parquet';
  /** Run with NIGHTSHIFT_FULL=1 only: others show nearly the same. */
  readonly rare?: true;
  /** Keys of the job's `model` besides the path and the packing of matrices. */
  readonly model?: Readonly<Record<string, unknown>>;
  readonly columns?: Readonly<Record<string, unknown>>;
  /** Names of a matrix's columns in the file; `<input>_0` and so on otherwise. */
  readonly names?: readonly string[];
  /** Empty strings are values: the contract says so for every column of strings. */
  readonly keepsEmpty?: true;
  /** All columns of scores, in order. */
  readonly answers: Readonly<Record<string, Answer>>;
}

const three = (tensor: string, labels: readonly (string | number)[]): Record<string, Answer> =>
  Object.fromEntries(labels.map((label, item) => [`probability_${label}`, [tensor, item]]));

const golden: readonly Golden[] = [
  {
    name: 'sklearn-default',
    shows: 'a ZipMap becomes one column per class',
    format: 'csv',
    answers: { output_label: 'output_label', ...three('output_probability', [0, 1, 2]) },
  },
  {
    name: 'sklearn-zipmap-false',
    shows: 'a matrix of probabilities does, too',
    format: 'parquet',
    answers: { label: 'label', ...three('probabilities', [0, 1, 2]) },
  },
  {
    name: 'sklearn-zipmap-columns',
    shows: 'one output per class keeps its name',
    rare: true,
    format: 'csv',
    answers: { output_label: 'output_label', i0: 'i0', i1: 'i1', i2: 'i2' },
  },
  {
    name: 'sklearn-onehot-strings',
    shows: 'strings of a pipeline are found by name, and a class is picked by its label',
    format: 'parquet',
    model: {
      outputs: { late: { from: 'output_probability', class: 1 }, guess: { from: 'output_label' } },
    },
    keepsEmpty: true,
    answers: { late: ['output_probability', 1], guess: 'output_label' },
  },
  {
    name: 'sklearn-ordinal-strings',
    shows: 'strings into trees, unknown ones too',
    rare: true,
    format: 'parquet',
    keepsEmpty: true,
    answers: { label: 'label', ...three('probabilities', [0, 1]) },
  },
  {
    name: 'sklearn-string-imputer',
    shows: 'a missing string is fed as the empty one that the imputer knows',
    format: 'csv',
    answers: { output_label: 'output_label', ...three('output_probability', [0, 1]) },
  },
  {
    name: 'sklearn-string-matrix',
    shows: 'one matrix of strings',
    rare: true,
    format: 'parquet',
    keepsEmpty: true,
    answers: { output_label: 'output_label', ...three('output_probability', [0, 1]) },
  },
  {
    name: 'sklearn-sparse-labels',
    shows: 'whole-number labels are labels, not places',
    rare: true,
    format: 'csv',
    model: {
      outputs: {
        rare: { from: 'output_probability', class: 9_000_000_000 },
        usual: { from: 'output_probability', class: -7 },
        label: { from: 'output_label' },
      },
    },
    answers: { rare: ['output_probability', 2], usual: ['output_probability', 0], label: 'output_label' },
  },
  {
    name: 'sklearn-string-labels',
    shows: 'labels that are words',
    rare: true,
    format: 'parquet',
    answers: {
      output_label: 'output_label',
      ...three('output_probability', ['setosa', 'versicolor', 'virginica']),
    },
  },
  {
    name: 'sklearn-hist-gradient-boosting',
    shows: 'empty cells are NaN to trees that know what to do with them',
    format: 'csv',
    answers: { output_label: 'output_label', ...three('output_probability', [0, 1, 2]) },
  },
  {
    name: 'sklearn-isolation-forest',
    shows: 'an outlier detector answers a label and a score',
    rare: true,
    format: 'parquet',
    answers: { label: 'label', scores: 'scores' },
  },
  {
    name: 'sklearn-float64',
    shows: 'float64 in, float64 out, no digit lost',
    rare: true,
    format: 'csv',
    answers: { variable: 'variable' },
  },
  {
    name: 'sklearn-two-targets',
    shows: 'two regressions in one output are picked by index',
    rare: true,
    format: 'csv',
    model: {
      outputs: { first: { from: 'variable', class: 0 }, second: { from: 'variable', class: 1 } },
    },
    answers: { first: ['variable', 0], second: ['variable', 1] },
  },
  {
    name: 'lightgbm-classifier',
    shows: 'LightGBM with missing values',
    format: 'csv',
    answers: { label: 'label', ...three('probabilities', [0, 1, 2]) },
  },
  {
    name: 'xgboost-classifier',
    shows: 'XGBoost with missing values',
    format: 'csv',
    answers: { label: 'label', ...three('probabilities', [0, 1]) },
  },
  {
    name: 'catboost-string-labels',
    shows: 'CatBoost, a class picked by a label that is a word',
    format: 'csv',
    model: {
      outputs: { virginica: { from: 'probabilities', class: 'virginica' }, label: { from: 'label' } },
    },
    answers: { virginica: ['probabilities', 2], label: 'label' },
  },
  {
    name: 'mlp-embeddings',
    shows: 'a packed matrix beside ids that pick rows of tables',
    format: 'csv',
    answers: { score: 'score' },
  },
  {
    name: 'mlp-int8',
    shows: 'a quantised network',
    format: 'parquet',
    answers: { score: 'score' },
  },
  {
    name: 'mlp-float16',
    shows: 'half precision in and out',
    rare: true,
    format: 'csv',
    answers: { score: 'score' },
  },
  {
    name: 'mlp-external-data',
    shows: 'weights in a second file',
    rare: true,
    format: 'csv',
    answers: { score: 'score' },
  },
  {
    name: 'fixed-batch-16',
    shows: 'a batch axis of 16, and 40 rows',
    format: 'csv',
    answers: { score: 'score' },
  },
  {
    name: 'odd-names',
    shows: 'the tensor names that TensorFlow leaves',
    rare: true,
    format: 'parquet',
    answers: { 'StatefulPartitionedCall:0': 'StatefulPartitionedCall:0' },
  },
  {
    name: 'two-matrices',
    shows: 'two matrices in, a float and a boolean out',
    rare: true,
    format: 'csv',
    answers: { score: 'score', late: 'late' },
  },
  {
    name: 'constants',
    shows: 'inputs that are no columns are given by the job',
    format: 'parquet',
    answers: { score: 'score' },
  },
  {
    name: 'vectors',
    shows: 'a list<float32> column in, a vector out as one',
    format: 'parquet',
    answers: { projection: 'projection', length: 'length' },
  },
  {
    name: 'all-types',
    shows: 'an input of every type of element',
    rare: true,
    format: 'parquet',
    answers: { sum: 'sum', echo: 'echo' },
  },
  {
    name: 'rank-1',
    shows: 'infinities reach the model where the job lets them',
    rare: true,
    format: 'parquet',
    columns: {
      a: { type: 'float32', infinity: 'flag' },
      b: { type: 'float32', infinity: 'flag' },
    },
    answers: { sum: 'sum', product: 'product' },
  },
  {
    name: 'mlflow-columns',
    shows: 'an MLflow directory is the model',
    rare: true,
    format: 'parquet',
    keepsEmpty: true,
    answers: { output_label: 'output_label', ...three('output_probability', [0, 1]) },
  },
  {
    name: 'mlflow-columns-to-matrix',
    shows: "a matrix is packed in the order of MLflow's signature",
    rare: true,
    format: 'parquet',
    model: { inputs: {} },
    names: ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'],
    answers: { label: 'label', ...three('probabilities', [0, 1, 2]) },
  },
];

const full = process.env['NIGHTSHIFT_FULL'] === '1';

describe('a model as its exporter wrote it, through the program', () => {
  for (const one of golden.filter(({ rare }) => rare === undefined || full)) {
    it(`${one.name}: ${one.shows}`, async () => {
      const found = await scores(one);
      const expected = caseOf(one.name).outputs!;
      assert.deepEqual(
        Object.keys(found[0]!).filter((name) => !name.startsWith('_')),
        Object.keys(one.answers),
      );
      for (const [column, answer] of Object.entries(one.answers)) {
        const [from, item] = typeof answer === 'string' ? [answer, null] : answer;
        const tensor = expected[from]!;
        const width = tensor.data.length / found.length;
        for (const [row, values] of found.entries()) {
          const wanted = tensor.data.slice(row * width, (row + 1) * width);
          const what = `${one.name}.${column} of row ${row}`;
          const ours = values[column];
          if (Array.isArray(ours)) assertRow(ours, wanted, tensor, what);
          else assertRow([ours], [wanted[item ?? 0]!], tensor, what);
        }
      }
    });
  }
});

describe('a matrix packed by the job', () => {
  it('holds numbers, booleans, indices of categories and one element per category, as packed by hand', async () => {
    const dir = workdir();
    const sizes = ['small', 'large', '', 'huge'];
    const colours = ['red', 'green', 'blue', 'mauve'];
    const rows = Array.from({ length: 24 }, (_, row) => ({
      weight: row / 7,
      size: sizes[row % 4]!,
      colour: colours[(row >> 1) % 4]!,
      late: row % 3 === 0,
      count: row * 5 - 30,
    }));
    const lines = rows.map((row) => Object.values(row).join(','));
    dir.write('in.csv', ['weight,size,colour,late,count', ...lines, ''].join('\n'));
    const path = resolve(caseOf('mlp').path);
    const job = {
      name: 'packed',
      input: { path: 'in.csv' },
      model: {
        path,
        inputs: { numbers: ['weight', 'size', { one_hot: 'colour' }, 'late', 'count', 'weight'] },
      },
      columns: {
        weight: { type: 'float32' },
        size: { type: 'string', categories: ['small', 'medium', 'large'] },
        colour: { type: 'string', categories: ['red', 'green', 'blue'] },
        late: { type: 'boolean' },
        count: { type: 'int32' },
      },
      output: { path: 'scored' },
    };
    const ran = dir.call(['run', dir.write('job.yaml', JSON.stringify(job))]);
    assert.equal(ran.code, 0, ran.stderr);
    const found = await query(`select * from '${dir.path}/scored/part-in.parquet' order by _source_row`);

    const matrix = rows.flatMap(({ weight, size, colour, late, count }) => {
      const at = { small: 0, large: 2 }[size] ?? Number.NaN;
      const oneHot = ['red', 'green', 'blue'].map((one) => Number(one === colour));
      return [weight, at, ...oneHot, Number(late), count, weight];
    });
    const session = await openSession({ path, sha256: null, rewrites: [], threads: 1 });
    const fed = session.tensor('float32', Float32Array.from(matrix), [rows.length, 8]);
    const { score } = await session.run({ numbers: fed }, { score: null });
    await session.release();
    assert.deepEqual(
      found.map((row) => Number(row['score'])),
      Array.from(score!.data as Float32Array, (value) => Number(value)),
    );
    const unknown = found.filter(({ _problems }) =>
      (_problems as string[]).includes('unknown-category:size'),
    );
    assert.equal(unknown.length, 6);
  });
});

/** The scored rows of a case, in order. */
async function scores(one: Golden): Promise<Record<string, unknown>[]> {
  const dir = workdir();
  const given = caseOf(one.name);
  const { columns: inOrder, packed, constants } = tableOf(given, one);
  // The order in the file does not matter.
  const columns = [...inOrder].reverse();
  const input = `in.${one.format}`;
  if (one.format === 'parquet') await writeParquet(`${dir.path}/${input}`, columns);
  else dir.write(input, csvText(columns));
  const job = {
    name: one.name,
    input: { path: input },
    model: { path: resolve(given.path), inputs: packed, constants, ...one.model },
    columns: one.columns ?? (one.keepsEmpty === true ? keepEmpty(columns) : {}),
    output: { path: 'scored' },
    run: { workers: 1, batch_rows: 16, isolation: one.format === 'csv' ? 'process' : 'none' },
  };
  const ran = dir.call(['run', dir.write('job.yaml', JSON.stringify(job))]);
  assert.equal(ran.code, 0, ran.stderr);
  const rows = columns[0]!.cells.length;
  assert.deepEqual([lastLine(ran).rows.scored, lastLine(ran).rows.read], [rows, rows]);
  return query(`select * from '${dir.path}/scored/part-in.parquet' order by _source_row`);
}

function keepEmpty(columns: readonly TextColumn[]): Record<string, unknown> {
  const words = { type: 'string', missing: { fill: '' } };
  return Object.fromEntries(
    columns.map(({ name, sqlType }) => [name, sqlType === 'VARCHAR' ? words : { type: 'float32' }]),
  );
}
