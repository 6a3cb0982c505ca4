import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { ModelFacts } from '../../src/model/explain-model.js';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import { caseOf } from '../model/cases.js';
import { makeModelFile } from '../model/make-model.js';
import { isPublished, lastLine, type Ran, sampleJob, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

/** Rows for the network with two ids that pick table rows; `ids` is the first, below 16. */
function embeddingRows(rows: number, ids: (row: number) => number): string {
  const lines = ['a,b,c,carrier_id,dest_id'];
  for (let row = 0; row < rows; row++)
    lines.push(`${(row % 89) / 7},${(row % 13) - 6},${row % 5},${ids(row)},${row % 104}`);
  return `${lines.join('\n')}\n`;
}

const embeddings = {
  path: resolve(caseOf('mlp-embeddings').path),
  inputs: { numbers: ['a', 'b', 'c'] },
};

interface Manifest {
  readonly model: Pick<ModelFacts, 'batch'>;
}

/** How a job runs whose test does not depend on worker processes. */
const inHere = { workers: 1, isolation: 'none' };

function run(dir: Workdir, model: object, more: object, input: string, ...args: string[]): Ran {
  dir.write('in.csv', input);
  const job = {
    name: 'answers',
    input: { path: 'in.csv' },
    model,
    output: { path: 'scored' },
    run: inHere,
    ...more,
  };
  return dir.call(['run', dir.write('job.yaml', JSON.stringify(job)), ...args]);
}

function scoresIn(dir: Workdir): Promise<Record<string, unknown>[]> {
  return query(
    `select _source_row::int as row, score, _row_status as status, _problems as problems
     from '${dir.path}/scored/part-in.parquet' order by _source_row`,
  );
}

function rejectsIn(dir: Workdir): Reject[] {
  const text = dir.read('scored/_rejects/part-in.ndjson').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as Reject);
}

describe('rows on which the model fails', () => {
  const bad = [1, 2, 600, 2048, 2049, 4999];
  const broken = embeddingRows(5000, (row) => (bad.includes(row + 1) ? 99 : row % 16));
  const small = { run: { chunk_bytes: '16KiB', batch_rows: 512 } };

  it('are rejected one by one with what the runtime says, and the others score to the same bits', async () => {
    const [dir, whole] = [workdir(), workdir()];
    const ran = run(dir, embeddings, small, broken);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(
      run(
        whole,
        embeddings,
        { run: { ...small.run, ...inHere } },
        embeddingRows(5000, (row) => row % 16),
      ).code,
      0,
    );
    const rejects = rejectsIn(dir);
    assert.deepEqual(
      rejects.map(({ row }) => row),
      bad,
    );
    for (const { code, column, found } of rejects) {
      assert.deepEqual([code, column], ['model-error', null]);
      assert.match(found ?? '', /^Gather.*: indices element out of data bounds, idx=99/);
    }
    const expected = (await scoresIn(whole)).filter(({ row }) => !bad.includes(row as number));
    assert.deepEqual(await scoresIn(dir), expected);
  });

  it('leave the same bytes behind, whatever the number of workers', () => {
    const dir = workdir();
    const hashes = ['1', '3'].map((workers) => {
      assert.equal(run(dir, embeddings, small, broken, '--workers', workers, '--force').code, 0);
      return dir.hashes('scored', isPublished);
    });
    assert.deepEqual(hashes[1], hashes[0]);
  });

  it('say nothing of their values where columns are redacted', () => {
    const dir = workdir();
    const ran = run(dir, embeddings, { run: { ...small.run, ...inHere }, redact: ['carrier_id'] }, broken);
    assert.equal(ran.code, 0, ran.stderr);
    for (const { found } of rejectsIn(dir)) assert.match(found ?? '', /withheld/);
  });

  it('end the run at once where they are all rows, and nothing is published', () => {
    const dir = workdir();
    const ran = run(
      dir,
      embeddings,
      { run: { chunk_bytes: '64KiB' } },
      embeddingRows(300_000, () => 99),
    );
    assert.equal(ran.code, 2);
    const { reason, rows, partitions } = lastLine(ran);
    assert.deepEqual([reason, rows.read, partitions.failed], ['model-fails', 0, 1]);
    assert.match(ran.stderr, /the model fails on every row: Gather.*idx=99/);
    assert.deepEqual(dir.hashes('scored', isPublished), {});
  });

  it('are each looked for in the midst of others, though they fill whole slices, whatever the number of workers', () => {
    const dir = workdir();
    const stretch = embeddingRows(3000, (row) => (row >= 900 && row < 2400 ? 99 : row % 16));
    const lenient = { ...small, quality: { max_rejected: '60%' } };
    const hashes = ['1', '3'].map((workers) => {
      const ran = run(dir, embeddings, lenient, stretch, '--workers', workers, '--force');
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(lastLine(ran).rows.rejected, 1500);
      return dir.hashes('scored', isPublished);
    });
    assert.deepEqual(hashes[1], hashes[0]);
  });

  it('end their partition alone, also after others went well', () => {
    const dir = workdir();
    dir.write(
      'in/a.csv',
      embeddingRows(1000, (row) => row % 16),
    );
    dir.write(
      'in/b.csv',
      embeddingRows(100_000, () => 99),
    );
    const job = { name: 'two', input: { path: 'in/*.csv' }, model: embeddings, output: { path: 'scored' } };
    const ran = dir.call(['run', dir.write('job.yaml', JSON.stringify(job)), '--workers', '1']);
    assert.equal(ran.code, 4, ran.stderr);
    assert.deepEqual([lastLine(ran).partitions.published, lastLine(ran).partitions.failed], [1, 1]);
    assert.match(ran.stderr, /the model fails on every row: Gather/);
  });
});

describe('what the model answers', () => {
  const { data } = caseOf('answers-nan').inputs!['x']!;
  const answersNan = { path: resolve(caseOf('answers-nan').path) };
  const input = `x\n${data.join('\n')}\n`;

  it('is flagged where it is no number or infinite, and counted', async () => {
    const dir = workdir();
    const ran = run(dir, answersNan, {}, input);
    assert.equal(ran.code, 0, ran.stderr);
    const flagged = (await scoresIn(dir)).filter(({ status }) => status === 'flagged');
    assert.deepEqual(
      flagged.map(({ row, problems }) => [row, problems]),
      [
        [8, ['model-infinite:score']],
        [9, ['model-nan:score']],
      ],
    );
    assert.equal(lastLine(ran).rows.flagged, 2);
  });

  it('is gated by the job where it is no number, infinite, or outside its range', () => {
    const ranged = { ...answersNan, outputs: { score: { from: 'score', range: [-2, 0.9] } } };
    const score = { max_nan: 0, max_infinite: 0, max_outside: '5%' };
    const dir = workdir();
    const ran = run(dir, ranged, { quality: { scores: { score } } }, input);
    assert.equal(ran.code, 3, ran.stderr);
    const { gates } = JSON.parse(dir.read('scored/_summary.json')) as {
      gates: { gate: string; passed: boolean; sentence: string }[];
    };
    const closed = gates.filter(({ passed }) => !passed).map(({ sentence }) => sentence);
    for (const sentence of [
      /score not a number: 1 of 40 rows/,
      /score infinite: 1 of 40 rows/,
      /score out of range: 4 of 40 rows/,
    ])
      assert.ok(
        closed.some((text) => sentence.test(text)),
        `${sentence} of ${closed.join('; ')}`,
      );
    assert.deepEqual(dir.hashes('scored', isPublished), {});
  });

  it('is reported, and gated where the job says so, when it is the same for every row', async () => {
    const path = await makeModelFile({
      inputs: { x: ['float32', 'N', 1] },
      outputs: { score: ['float32', 'N', 1] },
      initializers: [{ name: 'zero', dims: [1], data_type: 1, float_data: [0] }],
      nodes: [{ op_type: 'Mul', input: ['x', 'zero'], output: ['score'] }],
    });
    const rows = `x\n${Array.from({ length: 200 }, (_, row) => row).join('\n')}\n`;
    const declared = run(workdir(), { path }, {}, rows);
    assert.equal(declared.code, 0, declared.stderr);
    assert.match(declared.stderr, /score is the same for all 200 rows/);
    const gated = run(workdir(), { path }, { quality: { scores: { score: { constant: 'fail' } } } }, rows);
    assert.equal(gated.code, 3, gated.stderr);
  });
});

describe('rows per run of the model', () => {
  it('are measured where they are left open, and the choice is logged and in the manifest', () => {
    const dir = workdir();
    const ran = run(
      dir,
      embeddings,
      { run: { ...inHere, batch_rows: 'auto' } },
      embeddingRows(100, () => 1),
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /\d+ rows per run of the model, measured on generated rows \(512: .* M rows\/s/);
    const { batch } = (JSON.parse(dir.read('scored/_manifest.json')) as Manifest).model;
    assert.equal(batch.from, 'measured');
    assert.ok(batch.rates.some(({ rows }) => rows === batch.rows));
  });

  for (const name of ['flight-delay', 'flight-delay-trees']) {
    it(`do not change a bit of what ${name} publishes`, () => {
      const hashes = [7, 4096].map((rows) => {
        const dir = workdir();
        const text = sampleJob(name, [[/path: \.\.\/scored.*/, 'path: scored']]);
        const job = dir.write(
          'job.yaml',
          `${text.replace(/^run:[\s\S]*/m, '')}\nrun: { batch_rows: ${rows}, workers: 1, isolation: none }\n`,
        );
        const ran = dir.call(['run', job, '--date', '2013-01-01']);
        assert.equal(ran.code, 0, ran.stderr);
        return dir.hashes('scored', isPublished);
      });
      assert.deepEqual(hashes[0], hashes[1]);
    });
  }

  it('are reported to matter where a score depends on the rows beside it', () => {
    const dir = workdir();
    const { data } = caseOf('mlp-int8-dynamic').inputs!['numbers']!;
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
    const lines = Array.from({ length: 40 }, (_, row) => data.slice(row * 8, row * 8 + 8).join(','));
    const model = { path: resolve(caseOf('mlp-int8-dynamic').path), inputs: { numbers: names } };
    const auto = { run: { ...inHere, batch_rows: 'auto' } };
    const ran = run(dir, model, auto, `${names.join(',')}\n${lines.join('\n')}\n`);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /"level":"warn".*depends on the (other )?rows (of|in) its batch/);
    assert.equal((JSON.parse(dir.read('scored/_manifest.json')) as Manifest).model.batch.rows, 2048);
  });
});
