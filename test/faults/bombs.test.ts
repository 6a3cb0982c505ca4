import assert from 'node:assert/strict';
import { createWriteStream, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { OutputField } from '../../src/chunk/batch.js';
import type { Column } from '../../src/chunk/column.js';
import { formats } from '../../src/formats/formats.js';
import { makeModel, type Sketch } from '../model/make-model.js';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';
import { modelRun, rowsOf } from './made-job.js';
import { memoryGroup } from './memory-group.js';

const limitBytes = 500 * 2 ** 20;
const dirs: Workdir[] = [];
after(() => {
  for (const dir of dirs) dir.remove();
});

const identity: Sketch = {
  inputs: { x: ['float32', 'N', 1] },
  outputs: { y: ['float32', 'N', 1] },
  nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
};

/** A model that makes a tensor of `floats` floats for every batch. */
function filling(floats: number): Sketch {
  const one = { data_type: 1, dims: [1], raw_data: Buffer.from(Float32Array.of(1).buffer) };
  return {
    ...identity,
    nodes: [
      {
        op_type: 'ConstantOfShape',
        input: ['shape'],
        output: ['big'],
        attribute: [{ name: 'value', type: 4, t: one }],
      },
      {
        op_type: 'ReduceSum',
        input: ['big'],
        output: ['sum'],
        attribute: [{ name: 'keepdims', type: 2, i: 0 }],
      },
      { op_type: 'Mul', input: ['x', 'sum'], output: ['y'] },
    ],
    initializers: [
      {
        name: 'shape',
        data_type: 7,
        dims: [1],
        raw_data: Buffer.from(BigInt64Array.of(BigInt(floats)).buffer),
      },
    ],
  };
}

async function jobOf(input: string, columns: string, model: Sketch = identity, more = ''): Promise<Workdir> {
  const dir = workdir();
  dirs.push(dir);
  dir.write('m.onnx', await makeModel(model));
  dir.write(
    'job.yaml',
    `name: bomb
input: { path: ${input} }
model: { path: m.onnx }
columns:
  x: { type: float32 }
${columns}output: { path: out, columns: [${columns === '' ? '' : 't'}] }
run: { workers: 2 }
${more}`,
  );
  return dir;
}

/** Runs in a control group of 500 MiB, or with a budget of that size if none can be created; nothing may ever be killed. */
function runBounded(dir: Workdir, command = 'run'): Ran {
  const group = memoryGroup(limitBytes);
  if (group === null) {
    dir.write('job.yaml', dir.read('job.yaml').replace('workers: 2', 'workers: 2, memory: 500MiB'));
    return dir.nightshift([command, 'job.yaml']);
  }
  try {
    const ran = group.nightshift([command, 'job.yaml'], dir.path);
    assert.equal(ran.signal, null, ran.stderr.slice(-2000));
    assert.equal(group.kills(), 0, ran.stderr.slice(-2000));
    return ran;
  } finally {
    group.remove();
  }
}

const texts: readonly OutputField[] = [
  { name: 'x', type: 'float32', dictionary: false },
  { name: 't', type: 'string', dictionary: true },
];

/** A Parquet file of one row group whose texts are codes of a dictionary. */
async function dictionaryFile(dir: Workdir, rows: number, dictionary: readonly string[]): Promise<string> {
  const path = dir.write('in.parquet', '');
  const out = createWriteStream(path);
  const format = await formats['parquet']();
  const encoder = await format.encoder(texts);
  const sink = { write: async (bytes: Uint8Array) => void out.write(Buffer.from(bytes)) };
  const assembler = await format.assembler(texts, sink);
  const columns: Column[] = [
    { type: 'float32', length: rows, values: new Float32Array(rows), validity: null },
    {
      type: 'string',
      layout: 'dictionary',
      length: rows,
      codes: Int32Array.from({ length: rows }, (_, row) => row % dictionary.length),
      dictionary,
      validity: null,
    },
  ];
  await assembler.append(await encoder.encode({ rows, columns }), rows);
  await assembler.finish();
  out.end();
  await finished(out);
  return path;
}

describe('few bytes that stand for many', () => {
  it('a dictionary of long texts is carried to the output in slices of its decoded size', async () => {
    const dir = await jobOf('in.parquet', '  t: { type: string }\n');
    const dictionary = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(2_000));
    const path = await dictionaryFile(dir, 300_000, dictionary);
    assert.ok(statSync(path).size < 2_000_000);
    const ran = runBounded(dir);
    assert.equal(ran.code, 0, said(ran).slice(-2000));
    assert.equal(lastLine(ran).rows.scored, 300_000);
    const { memory } = JSON.parse(dir.read('out/_summary.json')) as { memory: { peak_rss_bytes: number } };
    assert.ok(memory.peak_rss_bytes < 400 * 2 ** 20, `${memory.peak_rss_bytes}`);
  });

  it('one very long text that all rows have ends the run with 6 and names the rows', async () => {
    const dir = await jobOf('in.parquet', '  t: { type: string }\n');
    await dictionaryFile(dir, 1_000, ['z'.repeat(50_000_000)]);
    const ran = runBounded(dir);
    assert.equal(ran.code, 6, ran.stderr.slice(-2000));
    assert.equal(lastLine(ran).reason, 'memory-budget');
    assert.match(said(ran), /in\.parquet: rows \d+ to \d+ take \d+ MiB or more when decoded/);
  });

  it('blank lines without end in a compressed file are counted, not kept', async () => {
    const dir = await jobOf('in.csv.gz', '');
    const blank = gzipSync(Buffer.alloc(32 * 2 ** 20, '\n'));
    dir.write('in.csv.gz', Buffer.concat([gzipSync('x,z\n1,1\n2,2\n'), blank, gzipSync('3,3\n')]));
    const ran = runBounded(dir);
    assert.equal(ran.code, 0, ran.stderr.slice(-2000));
    assert.equal(lastLine(ran).rows.read, 3);
    assert.equal(lastLine(ran).rows.skipped, 32 * 2 ** 20);
  });
});

it('a model file that the memory does not hold ends every command that opens it with 6, before it is read', async () => {
  const dir = await jobOf('in.csv', '');
  dir.write('in.csv', 'x\n1\n');
  truncateSync(join(dir.path, 'm.onnx'), 1900 * 2 ** 20);
  dir.write('job.yaml', dir.read('job.yaml').replace('workers: 2', 'workers: 2, memory: 500MiB'));
  for (const command of ['run', 'check', 'profile']) {
    const ran = dir.call([command, 'job.yaml']);
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(
      ran.stdout + ran.stderr,
      /the model takes 1900 MiB, but the run has 295 MiB of memory for it/,
    );
  }
});

describe('a model that is only tried out', () => {
  for (const command of ['run', 'check']) {
    it(`ends ${command} with 6 where it takes more memory than the run may have`, async () => {
      const dir = await jobOf('in.csv', '', filling(2 ** 29));
      dir.write('in.csv', 'x\n1\n2\n');
      const ran = runBounded(dir, command);
      assert.equal(ran.code, 6, ran.stderr.slice(-2000));
      assert.match(said(ran), /the memory limit was reached: .* while the model was being tested/);
    });

    for (const [budget, sentence] of [
      [
        'run: { workers: 1, max_duration: 3s }',
        /"run\.max_duration" was reached while the model was being tested/,
      ],
      ['batch_timeout: 400ms', /"batch_timeout" was reached: the model took longer than 0\.4 s/],
    ] as const) {
      it(`ends ${command} with 6 where it does not answer: ${budget}`, async () => {
        const dir = workdir();
        dirs.push(dir);
        dir.write('m.onnx', readFileSync(join('test', 'fixtures', 'never-answers.onnx')));
        dir.write('in.csv', 'id,x\n1,1\n');
        dir.write(
          'job.yaml',
          `name: loop\ninput: { path: in.csv }\nmodel: { path: m.onnx }\ncolumns:\n  id: { type: int64 }\n  x: { type: int64 }\noutput: { path: out }\n${budget}\n`,
        );
        const ran = dir.call([command, 'job.yaml']);
        assert.equal(ran.code, 6, ran.stderr);
        assert.match(said(ran), sentence);
      });
    }
  }
});

describe('profile', () => {
  it('ends with 6 where a model takes more memory than "run.memory" in the middle of the data', () => {
    const dir = workdir();
    dirs.push(dir);
    const job = modelRun(dir, 'eats-memory', 'run: { workers: 1, memory: 500MiB }\n');
    dir.write(
      'in/a.csv',
      rowsOf(2_000, (row) => row === 1_500),
    );
    const ran = dir.nightshift(['profile', job]);
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(said(ran), /the memory limit was reached/);
  });
});
