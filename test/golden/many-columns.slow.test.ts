import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isPublished, type Ran, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

// Slices of more than 128 columns have more bytes than "run.chunk_bytes".

const names = Array.from({ length: 200 }, (_, i) => `c${i}`);

/** Rows of small numbers; some cells are missing, and some of CSV are no numbers. */
function csvOf(rows: number, spoiled: boolean): string {
  const cell = (row: number, at: number) => {
    const value = (row * 31 + at * 17) % 1009;
    if (value === 7) return '';
    return value === 8 && spoiled ? 'none' : String(value / 4);
  };
  const lines = Array.from({ length: rows }, (_, row) => names.map((_, at) => cell(row, at)).join(','));
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

/** A job that names every column, and scores two of them. */
function jobOf(input: object, run: object, output: object = {}): object {
  return {
    input,
    columns: Object.fromEntries(names.map((name) => [name, { type: 'float32' }])),
    output: { path: 'out', format: 'csv', columns: ['c2', 'c199'], ...output },
    quality: { max_flagged: '100%' },
    run,
  };
}

async function folder(rows: number): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('c0', 'c1'));
  dir.write('in/a.csv', csvOf(rows, true));
  return dir;
}

/** The scored lines of all parts in order, without headers. */
function rowsIn(dir: Workdir, output: string): string {
  const parts = readdirSync(join(dir.path, output)).filter((name) => name.startsWith('part-'));
  const texts = parts.sort().map((name) => dir.read(`${output}/${name}`));
  return texts.map((text) => text.slice(text.indexOf('\n') + 1)).join('');
}

describe('a table of 200 columns', { timeout: 300_000 }, () => {
  it('has the same bytes with one worker and two, and the same rows in parts, from CSV and Parquet', async () => {
    const dir = await folder(4200);
    const source = dir.write('clean.csv', csvOf(4200, false));
    await query(
      `copy (select * from read_csv('${source}')) to '${dir.path}/in/b.parquet' (format parquet, row_group_size 2048)`,
    );
    for (const [file, split] of [
      ['in/a.csv', '1MiB'],
      ['in/b.parquet', '400KiB'],
    ] as const) {
      const found = [null, split].map((each) => {
        const [one, two] = [1, 2].map((workers) => {
          const output = `${file}-${each}-${workers}`;
          const input = { path: file, ...(each === null ? {} : { split: each }) };
          const ran = runJob(dir, jobOf(input, { workers, chunk_bytes: '64KiB' }, { path: output }));
          assert.equal(ran.code, 0, ran.stderr);
          return { output, hashes: dir.hashes(output, isPublished) };
        });
        assert.deepEqual(one!.hashes, two!.hashes, file);
        assert.equal(
          Object.keys(one!.hashes).filter((name) => name.startsWith('part-')).length > 1,
          each !== null,
        );
        return rowsIn(dir, one!.output);
      });
      assert.equal(found[0]!.split('\n').length, 4201);
      // The names of parts differ in "_source_file" alone.
      assert.equal(found[0], found[1]);
    }
    dir.remove();
  });

  it('is scored and profiled by as many workers as a check says', async () => {
    const dir = await folder(500);
    const job = jobOf({ path: 'in/a.csv' }, { workers: 16, chunk_bytes: '64KiB' });
    const { workers } = JSON.parse(runJob(dir, job, 'check', '--json').stdout) as {
      readonly workers: number;
    };
    const begun = ({ stderr }: Ran) =>
      Number(/"workers":(\d+)/.exec(stderr)?.[1] ?? /workers=(\d+)/.exec(stderr)?.[1]);
    const found = [begun(runJob(dir, job)), begun(runJob(dir, job, 'profile', '-o', 'base.json'))];
    assert.deepEqual(found, [workers, workers]);
    // As many as slices of 128 KiB.
    assert.equal(workers, Math.ceil(dir.read('in/a.csv').length / 2 ** 17));
    dir.remove();
  });
});
