import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeModel, type Sketch } from '../model/make-model.js';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { runJob } from './tiny-model.js';

// Axes that are not a batch, batches whose rows affect each other's scores, and inputs that no node uses.

const softmax = (axis: number) => ({
  op_type: 'Softmax',
  input: ['x'],
  output: ['y'],
  attribute: [{ name: 'axis', type: 2, i: axis }],
});

async function folder(sketch: Sketch, rows = 40): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await makeModel(sketch));
  const lines = Array.from({ length: rows }, (_, i) => `${i / 10},${(i * 7) % 5},${i % 3}`);
  dir.write('in.csv', `a,b,c\n${lines.join('\n')}\n`);
  return dir;
}

function run(dir: Workdir, model: object, more: object = {}, command = 'run'): Ran {
  return runJob(dir, { input: { path: 'in.csv' }, model: { path: 'm.onnx', ...model }, ...more }, command);
}

function verdictOf(dir: Workdir): string {
  const { verdict } = JSON.parse(dir.read('out/_summary.json')) as {
    verdict: { level: string; sentence: string };
  };
  return `${verdict.level}: ${verdict.sentence}`;
}

describe('a batch whose rows change each other', () => {
  for (const rows of [32, 'N']) {
    it(`moves the verdict, and check warns: [${rows}, 2]`, async () => {
      const dims = ['float32', rows, 2] as const;
      const dir = await folder({ inputs: { x: dims }, outputs: { y: dims }, nodes: [softmax(0)] });
      const model = { inputs: { x: ['a', 'b'] } };
      assert.match(
        run(dir, model, {}, 'check').stdout,
        /score depends on the (other )?rows (of|in) its batch/,
      );
      assert.equal(run(dir, model).code, 0);
      assert.match(verdictOf(dir), /^check: .*score depends on the (other )?rows (of|in) its batch/);
    });

    it(`is none where each row is scored by itself: [${rows}, 2]`, async () => {
      const dims = ['float32', rows, 2] as const;
      const dir = await folder({ inputs: { x: dims }, outputs: { y: dims }, nodes: [softmax(1)] });
      const ran = run(dir, { inputs: { x: ['a', 'b'] } });
      assert.equal(ran.code, 0);
      assert.equal(verdictOf(dir), 'good: 40 rows scored, all of them clean.');
    });
  }
});

describe('an axis that may be features', () => {
  const three = ['float32', 3] as const;
  const one = { inputs: { x: three }, outputs: { y: three }, nodes: [softmax(0)] } satisfies Sketch;

  it('is refused where as many columns feed it, or a list', async () => {
    const dir = await folder(one);
    for (const model of [{ inputs: { x: ['a', 'b', 'c'] } }, { inputs: { x: 'v' } }]) {
      const ran = run(dir, model, { columns: { ...columns, v: { type: 'list<float32>' } } });
      assert.equal(ran.code, 2, ran.stdout);
      assert.match(said(ran), /input "x" of the model is \[3\], one row of 3 features/);
      assert.match(said(ran), /export the model with a batch axis: \[N, 3\]/);
    }
  });

  it('is refused where a column of its name would be taken for rows that change each other', async () => {
    for (const dims of [three, ['float32', 3, 1] as const]) {
      const dir = await folder({
        ...one,
        inputs: { a: dims },
        outputs: { y: dims },
        nodes: [{ ...softmax(0), input: ['a'] }],
      });
      const ran = run(dir, {});
      assert.equal(ran.code, 2, ran.stdout);
      assert.match(said(ran), /3 rows, or one row of 3 features/);
      assert.equal(run(dir, { inputs: { a: 'a' } }).code, 0);
      assert.match(verdictOf(dir), /^check/);
    }
  });

  it('is refused where no column has its name, or its answers are no rows', async () => {
    const dir = await folder(one);
    assert.match(said(run(dir, {})), /3 rows, or one row of 3 features/);
    const sum = { op_type: 'ReduceSum', input: ['a'], output: ['y'] };
    const dot = await folder({ inputs: { a: three }, outputs: { y: ['float32', 1] }, nodes: [sum] });
    assert.match(said(run(dot, {})), /3 rows, or one row of 3 features/);
  });

  it('is a batch where each row is scored by itself', async () => {
    const sigmoid = { op_type: 'Sigmoid', input: ['a'], output: ['y'] };
    const dir = await folder({ inputs: { a: three }, outputs: { y: three }, nodes: [sigmoid] });
    const ran = run(dir, {});
    assert.equal(ran.code, 0, ran.stderr);
    const [row] = await query(`select y from '${dir.path}/out/part-in.parquet' where _source_row = 40`);
    assert.ok(Math.abs((row!['y'] as number) - 1 / (1 + Math.exp(-3.9))) < 1e-6);
  });
});

const columns = { a: { type: 'float32' }, b: { type: 'float32' }, c: { type: 'float32' } };

describe('an input that no node uses', () => {
  const sketch: Sketch = {
    inputs: {
      a: ['float32', 'N', 1],
      color: ['string', 'N', 1],
      flag: ['bool', 'N'],
      extra: ['int64', 'N', 4],
    },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [{ op_type: 'Identity', input: ['a'], output: ['y'] }],
  };

  it('needs no column', async () => {
    const dir = await folder(sketch);
    const ran = run(dir, {});
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(lastLine(ran).rows, { ...lastLine(ran).rows, scored: 40, rejected: 0, flagged: 0 });
    assert.match(verdictOf(dir), /^good/);
  });

  it('costs no row where its column is there with missing and odd values', async () => {
    const dir = await folder(sketch);
    dir.write('in.csv', 'a,color,flag\n1,,x\n2,red,\n3,NA,true\n');
    const ran = run(
      dir,
      { inputs: { color: 'color' } },
      { columns: { a: { type: 'float32' }, color: { type: 'string' } } },
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).rows.scored, 3);
    assert.equal(lastLine(ran).rows.rejected, 0);
  });

  it('is used where it is an output itself', async () => {
    const dir = await folder({
      inputs: { a: ['float32', 'N'], b: ['float32', 'N'] },
      outputs: { y: ['float32', 'N'], b: ['float32', 'N'] },
      nodes: [{ op_type: 'Identity', input: ['a'], output: ['y'] }],
    });
    const ran = run(dir, { outputs: { y: { from: 'y' }, echo: { from: 'b' } } });
    assert.equal(ran.code, 0, ran.stderr);
    const [row] = await query(`select echo from '${dir.path}/out/part-in.parquet' where _source_row = 2`);
    assert.equal(row!['echo'], 2);
  });
});
