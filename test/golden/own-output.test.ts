import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

// A run never reads its own published files as input, however the two paths are written.

const table = 'x\n1\n2\n';

async function folder(...files: readonly string[]): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  for (const file of files) dir.write(file, table);
  return dir;
}

function run(
  dir: Workdir,
  input: string | string[],
  output: string,
  more: object = {},
  ...args: string[]
): Ran {
  const job = { input: { path: input }, output: { path: output, format: 'csv' }, ...more };
  return runJob(dir, job, 'run', ...args);
}

function isRefused(
  ran: Ran,
  sentence = /run itself publishes|is in a run folder of the same job|would score its own output/,
): void {
  assert.equal(ran.code, 2, ran.stdout + ran.stderr);
  assert.match(said(ran), sentence);
  assert.match(said(ran), /input\.path|next to the input/);
}

describe('an input that the run publishes is refused, from the first run on', () => {
  const ways: readonly (readonly [input: string, output: string])[] = [
    ['data/*.csv', 'data'],
    ['data/*.csv', './data/'],
    ['data/*.csv', 'other/../data'],
    ['./data/../data/*.csv', 'data'],
    ['data', 'data'],
    ['data', 'data/scored'],
    ['data/**', 'data/scored'],
    ['data/**/*.csv', 'data/a/b/c'],
    ['data/*/*.csv', 'data/scored'],
    ['**/*.csv', 'data'],
    ['.', 'scored'],
    ['data/*.csv', 'link'],
    ['link/*.csv', 'data'],
    ['link', 'data/scored'],
    ['data/{a,part-a}.csv', 'data'],
    ['data/a.csv', 'data'],
  ];
  for (const [input, output] of ways) {
    it(`${input} to ${output}`, async () => {
      const dir = await folder('data/a.csv', 'data/sub/b.csv');
      symlinkSync(join(dir.path, 'data'), join(dir.path, 'link'));
      isRefused(run(dir, input, output));
      isRefused(run(dir, join(dir.path, input), output));
    });
  }

  it('through a link to a published file, and from its rejects and records', async () => {
    const dir = await folder('in/a.csv');
    assert.equal(run(dir, 'in', 'out').code, 0);
    mkdirSync(join(dir.path, 'links'));
    symlinkSync(join(dir.path, 'out/part-a.csv'), join(dir.path, 'links/a.csv'));
    isRefused(run(dir, 'links', 'out'));
    dir.write('out/_kept/a.csv', table);
    isRefused(run(dir, 'out/_kept/a.csv', 'out'));
  });

  it('of another date of the job', async () => {
    const dir = await folder('lake/a.csv');
    const to = `lake/scored/date=\${date}`;
    assert.equal(run(dir, 'lake/*.csv', to, {}, '--date', '2013-01-01').code, 0);
    isRefused(run(dir, 'lake/scored/**', to, {}, '--date', '2013-01-02'));
    isRefused(run(dir, 'lake/scored/date=2013-01-01/*.csv', to, {}, '--date', '2013-01-02'));
    assert.equal(run(dir, 'lake/*.csv', to, {}, '--date', '2013-01-02').code, 0);
  });
});

describe('what other jobs published', () => {
  it('is refused among files that no job published, and an input where it is named', async () => {
    const dir = await folder('lake/a.csv');
    assert.equal(run(dir, 'lake/a.csv', 'lake/first', { name: 'first' }).code, 0);
    isRefused(run(dir, 'lake/**', 'out', { name: 'second' }), /part-a\.csv" was published by job "first"/);
    for (const input of ['lake/first', 'lake/first/*.csv', 'lake/first/part-a.csv', 'lake/f*/*.csv']) {
      const next = run(dir, input, 'out', {
        name: 'second',
        model: { path: 'm.onnx', outputs: { z: { from: 'y_x' } } },
        columns: { x: { type: 'float32', source: 'y_x' } },
      });
      assert.equal(next.code, 0, input + next.stderr);
      assert.equal(lastLine(next).rows.scored, 2);
    }
    const both = run(dir, ['lake/a.csv', 'lake/first/part-a.csv'], 'both', {
      name: 'third',
      columns: { x: { type: 'float32', absent: 'missing' } },
    });
    assert.equal(both.code, 0, both.stderr);
  });
});

describe('folders side by side, or one format beside another, are no harm', () => {
  for (const [input, output] of [
    ['data/*.csv', 'scored'],
    ['data', 'data-scored'],
    ['data/*.csv', 'data/scored'],
    ['data/a*.csv', 'data/scored'],
    ['data', 'data/_scored'],
  ] as const) {
    it(`${input} to ${output}, twice`, async () => {
      const dir = await folder('data/a.csv');
      for (let i = 0; i < 2; i++) assert.equal(run(dir, input, output, {}, '--force').code, 0);
    });
  }
});

describe('tables that keep a log of their files are refused by name', () => {
  const logs = {
    'Delta Lake': '_delta_log/00000000000000000000.json',
    Hudi: '.hoodie/hoodie.properties',
    Iceberg: 'metadata/00000-1.metadata.json',
  };
  for (const [format, log] of Object.entries(logs)) {
    it(format, async () => {
      const dir = await folder('t/a.csv', 't/day=1/b.csv', 'lake/t/a.csv');
      dir.write(`t/${log}`, '{}');
      dir.write(`lake/t/${log}`, '{}');
      for (const input of ['t', 't/*.csv', 't/**', 't/day=1', 't/day=*/*.csv', 'lake', 'lake/*/*.csv'])
        isRefused(run(dir, input, 'out'), new RegExp(`is an? ${format} table`));
      assert.equal(run(dir, ['t/a.csv'], 'out').code, 0);
    });
  }

  it('but not a folder that is only called metadata', async () => {
    const dir = await folder('t/a.csv', 't/metadata/b.csv');
    assert.equal(run(dir, 't', 'out').code, 0);
  });
});
