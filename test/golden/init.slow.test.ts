import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { type Case, cases } from '../model/cases.js';
import { makeModel, mlNode } from '../model/make-model.js';
import { readTreeFile, stepsBetween, treeCases } from '../model/trees/tree-cases.js';
import { lastLine, main, said, type Workdir, workdir } from '../workdir.js';
import { assertRow, csvText, tableOf } from './case-tables.js';
import { query } from './query.js';
import { writeParquet } from './write-parquet.js';

// What `init` writes must pass `check` and score without an edit, and the scores must be those of Python.

const full = process.env['NIGHTSHIFT_FULL'] === '1';

interface Drafted {
  readonly unsure: readonly string[];
  readonly inputs: readonly {
    readonly input: string;
    readonly columns: readonly string[];
    readonly sure: boolean;
  }[];
  readonly sample: object;
}

/** Runs `init --json` for a model and an input and returns what it says. */
function init(dir: Workdir, model: string, input: string, ...more: string[]): Drafted {
  const ran = dir.call(['init', '--model', model, '--input', input, '--json', ...more]);
  assert.equal(ran.code, 0, said(ran));
  return JSON.parse(ran.stdout) as Drafted;
}

/**
 * Runs `check` and `run` on the job file and returns the scored rows; without worker processes by default.
 */
async function scored(dir: Workdir, part: string, isolation = 'none'): Promise<Record<string, unknown>[]> {
  if (isolation === 'none') dir.write('job.yaml', `${dir.read('job.yaml')}run: { isolation: none }\n`);
  const checked = dir.call(['check', 'job.yaml']);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const ran = dir.call(['run', 'job.yaml']);
  assert.equal(ran.code, 0, said(ran));
  const folder = lastLine(ran).output!;
  return query(`select * from '${join(folder, part)}' order by _source_row`);
}

/** Cases of which the quick suite runs each; the others show nearly the same. */
const quick = new Set([
  'sklearn-default',
  'sklearn-onehot-strings',
  'sklearn-string-labels',
  'sklearn-two-targets',
  'lightgbm-classifier',
  'mlp-embeddings',
  'constants',
  'vectors',
  'mlflow-columns-to-matrix',
]);

/** Texts that are empty are values in Parquet, and missing in CSV. */
const format = (name: string): 'csv' | 'parquet' =>
  /string|onehot|mlflow-columns$|vectors|all-types|rank-1/.test(name) ? 'parquet' : 'csv';

describe('init', { timeout: 300_000 }, () => {
  for (const one of cases.filter(({ outputs, name }) => outputs !== undefined && (full || quick.has(name))))
    it(`writes a job file for ${one.name} whose scores are Python's`, async () => {
      const dir = workdir();
      const names =
        one.name === 'mlflow-columns-to-matrix'
          ? { names: ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'] }
          : {};
      const { columns, constants } = tableOf(one, { format: format(one.name), ...names });
      const input = `in.${format(one.name)}`;
      if (input === 'in.parquet') await writeParquet(join(dir.path, input), columns);
      else dir.write(input, csvText(columns));
      const given = Object.entries(constants).map(
        ([name, value]) => `--constant=${name}=${JSON.stringify(value)}`,
      );
      const drafted = init(dir, resolve(one.path), input, ...given);
      assert.deepEqual(
        drafted.inputs.filter(({ sure }) => !sure),
        [],
        'names say which column feeds what',
      );
      if (one.name === 'rank-1') assert.match(drafted.unsure.join(), /infinite: they are fed as they are/);
      assertScores(one, await scored(dir, 'part-in.parquet'));
    });

  for (const [day, part, rows] of [
    ['2013-01-01.csv', 'part-2013-01-01.parquet', 842],
    ['2013-01-02.parquet', 'part-2013-01-02.parquet', 943],
    ['2013-01-03.arrow', 'part-2013-01-03.parquet', 914],
    ['2013-01-04.csv', 'part-2013-01-04.parquet', 913],
  ] as const)
    it(`writes a job file for the linear model and ${day} whose scores are Python's`, {
      skip: !full && day !== '2013-01-04.csv' && 'runs with NIGHTSHIFT_FULL=1',
    }, async () => {
      const dir = workdir();
      const drafted = init(
        dir,
        resolve('data-samples/models/flight-delay.onnx'),
        resolve('data-samples/flights', day),
      );
      assert.ok(drafted.inputs.every(({ sure }) => sure));
      const found = await scored(dir, part, 'process');
      assert.equal(found.length, rows);
      const repaired = day === '2013-01-04.csv' ? '.repaired' : '';
      await assertTruth(found, `flight-delay.${day.slice(0, 10)}${repaired}.csv`, 'probability_1');
    });

  it('writes out the columns of a matrix that it was given, and marks texts that the model takes as numbers', async () => {
    const dir = workdir();
    const model = resolve('data-samples/models/flight-delay-trees.onnx');
    const input = resolve('data-samples/flights/2013-01-01.csv');
    const refused = dir.call(['init', '--model', model, '--input', input]);
    assert.equal(refused.code, 2);
    assert.match(
      said(refused),
      /"features" of the model takes 12 columns .* but does not name them; the input has flight_id/,
    );
    assert.match(said(refused), /list them in training order with --map features=COLUMN,COLUMN/);
    const order =
      'month,day,dep_time,sched_dep_time,dep_delay,sched_arr_time,distance,hour,minute,carrier,origin,dest';
    const drafted = init(dir, model, input, '--map', `features=${order}`);
    for (const name of ['carrier', 'origin', 'dest'])
      assert.ok(
        drafted.unsure.some((doubt) =>
          doubt.startsWith(`columns.${name}: the model takes this text as a number`),
        ),
      );
    // The doubt says what to do: the categories of training, in their order.
    const sample = readFileSync('jobs/flight-delay-trees.yaml', 'utf8');
    let text = dir.read('job.yaml');
    for (const name of ['carrier', 'origin', 'dest']) {
      const right = new RegExp(`^ {2}${name}:[^]*?categories:\\s*(\\[[^]*?\\])`, 'm').exec(sample)![1]!;
      text = text.replace(
        new RegExp(`(^ {2}${name}:[^]*?categories: )\\[[^]*?\\]`, 'm'),
        `$1${right.replace(/\s+/g, ' ')}`,
      );
    }
    dir.write('job.yaml', text);
    await assertTruth(
      await scored(dir, 'part-2013-01-01.parquet'),
      'flight-delay-trees.2013-01-01.csv',
      'probability_1',
    );
  });
});

describe('init with a file of LightGBM or XGBoost', { timeout: 120_000 }, () => {
  const frame = resolve('data-samples/models/trees/frame');
  const models = [
    ['model.txt', 'rows.csv', 'answers.json', 'lightgbm'],
    ['plain/model.ubj', 'plain/rows.csv', 'plain/answers.json', 'xgboost'],
  ] as const;
  for (const [model, rows, answers, trainer] of models)
    it(`writes a job file for ${trainer} whose scores are the trainer's`, async () => {
      const dir = workdir();
      const drafted = init(dir, join(frame, model), join(frame, rows));
      assert.deepEqual(drafted.inputs, [
        { input: 'features', columns: ['amount', 'age in days', 'city', 'shop'], sure: true },
      ]);
      assert.match(dir.read('job.yaml'), /^ {4}features: \[amount, "age in days", city, shop\]$/m);
      const wanted = JSON.parse(readFileSync(join(frame, answers), 'utf8')) as Record<string, number[]>;
      assert.deepEqual(
        (await scored(dir, 'part-rows.parquet')).map((row) => row['probability_1']),
        wanted[trainer],
      );
    });
});

/** Cases of trees of which the quick suite runs each; the others show nearly the same. */
const quickTrees = new Set([
  'lightgbm-multiclass',
  'lightgbm-zero-as-missing',
  'xgboost-categories',
  'xgboost-hinge',
]);

describe('init with every small file of trees', { timeout: full ? 1_200_000 : 120_000 }, () => {
  for (const one of treeCases().filter(({ name }) => full || quickTrees.has(name)))
    for (const model of full ? one.models : one.models.slice(0, 1))
      it(`writes a job file for ${one.name}, ${basename(model)}, whose scores are the trainer's`, async () => {
        const dir = workdir();
        const { features } = readTreeFile(model);
        const columns = features.map(({ name }, i) => ({
          name,
          sqlType: 'DOUBLE',
          cells: Array.from({ length: one.rows }, (_, row) => cellOf(one.values[row * one.features + i]!)),
        }));
        dir.write('in.csv', csvText(columns));
        init(dir, model, 'in.csv');
        const rows = await scored(dir, 'part-in.parquet');
        assert.equal(rows.length, one.rows);
        const found = rows.flatMap((row) => answersOf(row, one.prediction.length / one.rows));
        const answers =
          one.prediction instanceof Float64Array ? new Float64Array(found) : new Float32Array(found);
        assert.equal(answers.length, one.prediction.length);
        const apart = stepsBetween(answers, one.prediction);
        assert.ok(Math.max(...apart) <= 1, 'within a step of the type');
      });
});

const exportsFolder = resolve('test/fixtures/exports');

describe('init with every export of a file of trees', { timeout: full ? 600_000 : 120_000 }, () => {
  const exported = treeCases().filter(({ name }) => existsSync(join(exportsFolder, `${name}.onnx`)));
  it('has a case for each', () => {
    const names = readdirSync(exportsFolder).filter((name) => name.endsWith('.onnx'));
    assert.deepEqual(exported.map(({ name }) => `${name}.onnx`).sort(), names.sort());
  });
  for (const one of exported.filter(({ name }) => full || quickTrees.has(name)))
    it(`writes a job file for ${one.name} in ONNX whose scores are those of the runtime alone`, async () => {
      const dir = workdir();
      const model = join(exportsFolder, `${one.name}.onnx`);
      // The graph takes floats of 32 bits: a number that is too large for them is missing.
      const values = Float32Array.from(one.values, (value) =>
        Number.isFinite(value) && !Number.isFinite(Math.fround(value)) ? Number.NaN : value,
      );
      const columns = Array.from({ length: one.features }, (_, i) => ({
        name: `f${i}`,
        sqlType: 'DOUBLE',
        cells: Array.from({ length: one.rows }, (_, row) => cellOf(values[row * one.features + i]!)),
      }));
      dir.write('in.csv', csvText(columns));
      init(dir, model, 'in.csv');
      const rows = await scored(dir, 'part-in.parquet');
      // Its telemetry writes files unless it is disabled before the runtime loads.
      process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
      const { InferenceSession, Tensor } = await import('onnxruntime-node');
      const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
      const input = new Tensor('float32', values, [one.rows, one.features]);
      const answers = await session.run({ input });
      const scores = answers[session.outputNames.at(-1)!]!.data as Float32Array;
      const found = rows.flatMap((row) =>
        Object.entries(row).flatMap(([name, value]) => (/^(prob|variable)/.test(name) ? [value].flat() : [])),
      );
      assert.equal(found.length, scores.length);
      // The runtime adds up trees in another order with several threads.
      for (const [i, wanted] of scores.entries()) {
        const apart = Math.abs(Number(found[i]) - wanted);
        const isSame = Object.is(Number(found[i]), wanted) || apart <= 1e-6 * Math.max(1, Math.abs(wanted));
        assert.ok(isSame, `${i}: ${found[i]}, not ${wanted}`);
      }
    });
});

function cellOf(value: number): string | null {
  return Number.isNaN(value) ? null : Object.is(value, -0) ? '-0' : String(value);
}

/** Returns what the trainer's `predict` returns for a row: a number per class or target, or the label. */
function answersOf(row: Readonly<Record<string, unknown>>, width: number): number[] {
  const numbers = (pattern: RegExp) =>
    Object.entries(row).flatMap(([name, value]) => (pattern.test(name) ? [value].flat().map(Number) : []));
  const scores = numbers(/^(?:score|probability)/);
  const all = scores.length === 2 && 'probability_1' in row ? scores.slice(1) : scores;
  return all.length === width ? all : numbers(/^label$/);
}

const penguins = '../shared/corpora/penguins';
const noPenguins = !existsSync(penguins) && `${penguins} is absent`;

describe('init with the Palmer penguins', { skip: noPenguins, timeout: 120_000 }, () => {
  const models = [
    ['species', 'penguins.csv', []],
    ['species-raw', 'penguins-raw.csv', []],
    ['body-mass', 'penguins.csv', ['--map', 'X=bill_length_mm,bill_depth_mm,flipper_length_mm']],
  ] as const;
  for (const [model, file, more] of models)
    it(`writes a job file for ${model} and ${file} whose scores are Python's, missing values too`, async () => {
      const dir = workdir();
      const folder = resolve('test/fixtures/penguins');
      const drafted = init(dir, join(folder, `${model}.onnx`), resolve(penguins, file), ...more);
      assert.deepEqual(drafted.unsure, []);
      assert.deepEqual(drafted.sample, { file, rows: 344, isWhole: true, scored: 344, rejected: 0 });
      const rows = await scored(dir, `part-${file.replace('.csv', '')}.parquet`);
      assert.equal(rows.length, 344);
      const answers = JSON.parse(readFileSync(join(folder, `${model}.json`), 'utf8')) as Record<
        string,
        unknown[] | Record<string, number[]>
      >;
      for (const [output, values] of Object.entries(answers))
        for (const [label, list] of Array.isArray(values)
          ? [[null, values] as const]
          : Object.entries(values))
          for (const [row, wanted] of list.entries()) {
            const found = rows[row]![label === null ? output : `probability_${label}`];
            if (typeof wanted === 'string') assert.equal(found, wanted);
            else
              assert.ok(Math.abs(Number(found) - Number(wanted)) <= 1e-6 * Math.abs(Number(wanted)) + 1e-6);
          }
    });
});

describe('init refuses', { timeout: 60_000 }, () => {
  const model = resolve('test/fixtures/penguins/species.onnx');
  const table =
    'bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n39.1,18.7,181,3750,Biscoe,male\n';

  it('to overwrite a file without --force, before it reads anything', () => {
    const dir = workdir();
    dir.write('job.yaml', 'mine');
    const ran = dir.call(['init', '--model', model, '--input', 'in.csv']);
    assert.deepEqual([ran.code, dir.read('job.yaml')], [2, 'mine']);
    assert.match(said(ran), /job file "job.yaml" exists\n.*--force/);
    dir.write('in.csv', table);
    assert.equal(dir.call(['init', '--model', model, '--input', 'in.csv', '--force']).code, 0);
    assert.match(dir.read('job.yaml'), /^# yaml-language-server: \$schema=\S+job\.schema\.json\n/);
  });

  it('to leave half a job file where the disk does not take all of it', () => {
    const dir = workdir();
    dir.write('in.csv', table);
    const command = `ulimit -f 1; "$@"`;
    const args = ['init', '--model', model, '--input', 'in.csv', '--no-cache'];
    const ran = spawnSync('bash', ['-c', command, '-', process.execPath, main, ...args], {
      cwd: dir.path,
      encoding: 'utf8',
    });
    assert.equal(ran.status, 2, ran.stderr);
    assert.match(ran.stderr, /output "\S*job.yaml" cannot be written: the file is larger/);
    assert.deepEqual(readdirSync(dir.path), ['in.csv']);
  });

  const refusals: readonly (readonly [
    what: string,
    input: string,
    args: readonly string[],
    message: RegExp,
  ])[] = [
    [
      'an input of the model without a column',
      table.replaceAll('sex', 'colour'),
      [],
      /the input "sex" of the model has no column in the input, which has colour\n.*--map sex=COLUMN, or its value with --constant sex=VALUE/,
    ],
    [
      'a map of no input',
      table,
      ['--map', 'sx=sex'],
      /"--map" names "sx", which is not an input of the model/,
    ],
    [
      'a map to no column',
      table,
      ['--map', 'sex=sx'],
      /feeds "sex" from "sx", which is not a column of the input/,
    ],
    ['a map without columns', table, ['--map', 'sex'], /must be input=value/],
    ['an input that is not there', '', [], /no input at "in.csv": "[^"]+" (has|is empty)/],
    ['a page instead of a table', '<!DOCTYPE html><html><body>502</body></html>', [], /in.csv.*HTML/],
  ];
  for (const [what, input, args, message] of refusals)
    it(`${what}, in one sentence, and writes nothing`, () => {
      const dir = workdir();
      if (input !== '') dir.write('in.csv', input);
      const ran = dir.call(['init', '--model', model, '--input', 'in.csv', ...args]);
      assert.equal(ran.code, 2, said(ran));
      assert.match(said(ran), message);
      assert.equal(existsSync(join(dir.path, 'job.yaml')), false);
    });
});

describe('what init is unsure of', { timeout: 60_000 }, () => {
  it('is marked in the file and listed; nothing that it proposes changes a value or rejects an ordinary row', () => {
    const dir = workdir();
    const rows = Array.from({ length: 200 }, (_, i) =>
      [
        i + 1,
        i % 50 === 7 ? -999 : 30 + (i % 40) / 4,
        18,
        i % 9 === 0 ? '-' : 180 + (i % 60),
        3000 + 10 * i,
        'biscoe',
        'male',
      ].join(),
    );
    dir.write(
      'in.csv',
      `bird_id,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n${rows.join('\n')}\n`,
    );
    const model = resolve('test/fixtures/penguins/species.onnx');
    const drafted = init(dir, model, 'in.csv');
    const text = dir.read('job.yaml');
    assert.equal(drafted.unsure.length, (text.match(/# UNSURE: /g) ?? []).length);
    assert.deepEqual(
      drafted.unsure.map((doubt) => /^columns\.(\w+)/.exec(doubt)?.[1]),
      ['bill_length_mm', 'island'],
    );
    assert.match(drafted.unsure[0]!, /-999 occurs 4 times.*add "sentinels: \[-999\]"/);
    assert.match(drafted.unsure[1]!, /"match: \[trim, case\]"/);
    assert.match(text, /bird_id: \{ type: int64, key: true, missing: reject \}/);
    assert.match(
      text,
      /flipper_length_mm: \{ type: float32, null_values: \["", NA, "N\/A", "null", "NULL", NaN, "-"\], range: \[0, \d+\] \}/,
    );
    assert.doesNotMatch(
      text,
      /bill_length_mm: \{[^}]*range/,
      'a range around a number that may mean missing says nothing',
    );
    const ran = dir.call(['run', 'job.yaml']);
    assert.equal(ran.code, 0, said(ran));
    assert.deepEqual([lastLine(ran).rows.scored, lastLine(ran).rows.repaired], [200, 0]);
  });

  for (const { lost, gate, code } of [
    { lost: 3, gate: '6%', code: 0 },
    { lost: 6, gate: '1%', code: 3 },
    { lost: 84, gate: '1%', code: 3 },
  ])
    it(`leaves ${lost} of 100 rejected rows to a person where they are many: max_rejected ${gate}`, async () => {
      const dir = workdir();
      const nodes = [{ op_type: 'Identity', input: ['n'], output: ['y'] }];
      const whole = { inputs: { n: ['int64', 'N'] }, outputs: { y: ['int64', 'N'] }, nodes } as const;
      dir.write('m.onnx', await makeModel(whole));
      const cells = Array.from({ length: 100 }, (_, i) => `${i % 7},${i < lost ? '' : i}`);
      dir.write('in.csv', `k,n\n${cells.join('\n')}\n`);
      const { unsure } = init(dir, 'm.onnx', 'in.csv');
      assert.match(
        unsure.join('\n'),
        new RegExp(`quality.max_rejected: ${lost} of 100 rows .* rejected \\(${lost} missing in n\\)`),
      );
      assert.match(dir.read('job.yaml'), new RegExp(`^ {2}max_rejected: ${gate}$`, 'm'));
      assert.equal(dir.call(['check', 'job.yaml']).code, 0);
      const ran = dir.call(['run', 'job.yaml']);
      assert.equal(ran.code, code, said(ran));
    });

  it('gives probabilities room for the rounding that the sample shows, so that no row is flagged for it', async () => {
    const dir = workdir();
    const classifier = mlNode('LinearClassifier', ['x'], ['label', 'probabilities'], {
      coefficients: Float32Array.of(1, -1),
      intercepts: Float32Array.of(0, 1),
      classlabels_ints: [0, 1],
    });
    dir.write(
      'm.onnx',
      await makeModel({
        inputs: { x: ['float32', 'N', 1] },
        outputs: { label: ['int64', 'N'], probabilities: ['float32', 'N', 2] },
        nodes: [classifier],
      }),
    );
    dir.write('in.csv', 'x\n0.25\n0.5\n-3.5762787e-7\n');
    init(dir, 'm.onnx', 'in.csv');
    assert.match(
      dir.read('job.yaml'),
      /probability_0: { from: probabilities, class: 0, range: \[-0\.00001, 1\.00001\] \} # rounded by the model: -3\.57\d*e-7 to 0\.5 in the sample/,
    );
    const ran = dir.call(['run', 'job.yaml']);
    assert.deepEqual([lastLine(ran).verdict, lastLine(ran).rows.flagged], ['good', 0], said(ran));
    dir.write('in.csv', 'x\n0.25\n0.5\n-0.1\n');
    init(dir, 'm.onnx', 'in.csv', '--force');
    assert.match(dir.read('job.yaml'), /probability_0: \{ .* range: \[0, 1\] \}$/m);
  });

  it('keeps a name with a line break in one line of its comments', () => {
    const dir = workdir();
    dir.write('a\nb: c.csv', 'x,y,z\n1,5,2\n2,6,2\n');
    const body = resolve('test/fixtures/penguins/body-mass.onnx');
    init(dir, body, 'a\nb: c.csv', '--map', 'X=x,y,z');
    assert.equal(dir.call(['check', 'job.yaml']).code, 0);
  });

  it('a column that is only unique by chance is no key', () => {
    const dir = workdir();
    dir.write('in.csv', 'n,a\n1,5\n2,6\n3,7\n');
    dir.write('m.onnx', readFileSync('test/fixtures/penguins/body-mass.onnx'));
    const ran = dir.call(['init', '--model', 'm.onnx', '--input', 'in.csv', '--map', 'X=a,a,a', '--json']);
    assert.equal(ran.code, 0, said(ran));
    assert.doesNotMatch(dir.read('job.yaml').replace(/#.*/g, ''), /key: true/);
    assert.match(
      (JSON.parse(ran.stdout) as Drafted).unsure.join(),
      /"n" is unique in the sample, but its name/,
    );
  });

  it('a column that may be the key is listed under its own name, not under that of a column of the model', () => {
    const dir = workdir();
    const rows = Array.from({ length: 30 }, (_, i) => `${7 * i},18,190,${3000 + (i % 2)}`);
    dir.write('in.csv', `serial,Bill Length mm,flipper length,mass\n${rows.join('\n')}\n`);
    dir.write('m.onnx', readFileSync('test/fixtures/penguins/body-mass.onnx'));
    const { unsure } = init(dir, 'm.onnx', 'in.csv', '--map', 'X=Bill Length mm,flipper length,mass');
    assert.deepEqual(
      unsure.filter((one) => one.includes('unique')),
      [
        'columns.serial: "serial" is unique in the sample, but its name does not say that it identifies rows; if it does, add "serial: { type: int64, key: true, missing: reject }"',
      ],
    );
  });
});

/** Compares a column of scores with Python's answers, by the key. */
async function assertTruth(
  rows: readonly Record<string, unknown>[],
  file: string,
  column: string,
): Promise<void> {
  const truth = await query(`select * from 'data-samples/truth/${file}'`);
  const answers = new Map(truth.map((row) => [String(row['flight_id']), Number(row['probability'])]));
  assert.equal(rows.length, answers.size);
  for (const row of rows) {
    const wanted = answers.get(String(row['flight_id']))!;
    assert.ok(Math.abs(Number(row[column]) - wanted) < 1e-6, `flight ${row['flight_id']}`);
  }
}

/** Compares all columns of scores, in the order of the model's outputs, with Python's answers. */
function assertScores({ name, outputs }: Case, rows: readonly Record<string, unknown>[]): void {
  const tensors = Object.values(outputs!);
  for (const [row, values] of rows.entries()) {
    const cells = Object.entries(values).filter(([column]) => !column.startsWith('_'));
    const ours = cells.flatMap(([, value]) => (Array.isArray(value) ? value : [value]));
    let at = 0;
    for (const tensor of tensors) {
      const width = tensor.data.length / tensor.dims[0]!;
      const wanted = tensor.data.slice(row * width, (row + 1) * width);
      assertRow(ours.slice(at, at + width), wanted, tensor, `${name}, row ${row}`);
      at += width;
    }
    assert.equal(ours.length, at, name);
  }
  assert.equal(rows.length, tensors[0]!.dims[0]);
}
