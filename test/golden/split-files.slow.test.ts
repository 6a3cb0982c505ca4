import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { modelRun } from '../faults/made-job.js';
import { lastLine, type Workdir, workdir } from '../workdir.js';

const rows = 1200;
const notes = ['plain', '"with, comma"', '"two\nlines"', '"quote "" in\n\n""x"""', `${'x'.repeat(50)}`];

/** A table with line ends within quotes, blank lines, comments and malformed rows. */
function csvText(): string {
  const lines = ['id,x,note'];
  for (let i = 0; i < rows; i++) {
    lines.push(`${i},${i % 11},${notes[(i * 7) % 5]}`);
    if (i % 100 === 7) lines.push('');
    if (i % 500 === 3) lines.push('bad,row');
    if (i % 400 === 9) lines.push(`${rows + i},5,"${'long '.repeat(3000)}"`);
  }
  return `${lines.join('\n')}\n`;
}

/** A job over `in/*` in slices of 2 KiB, with `more` in its input. */
function splitJob(dir: Workdir, more: string, output: { path: string; format: string }): string {
  modelRun(dir, 'ends-its-process', 'run: { workers: 2, isolation: none, chunk_bytes: 2KiB }\n');
  return dir.write(
    'job.yaml',
    dir
      .read('job.yaml')
      .replace('path: in/*.csv', `path: in/*${more}`)
      .replace(
        'path: out, format: csv, columns: [id]',
        `path: ${output.path}, format: ${output.format}, columns: [id, x, note]`,
      ),
  );
}

const inputs = (dir: Workdir, folder: string) =>
  readdirSync(join(dir.path, folder))
    .filter((name) => name.startsWith('part-'))
    .sort();

/** The scored lines of every file whose partition begins with `name`, joined, without headers. */
function laidEndToEnd(dir: Workdir, folder: string, name: string): string {
  const texts = inputs(dir, folder)
    .filter((file) => new RegExp(`^part-${name}\\.(csv|\\d+-of)`).test(file))
    .map((file) => readFileSync(join(dir.path, folder, file), 'utf8'));
  return texts.map((text) => text.slice(text.indexOf('\n') + 1)).join('');
}

function rejectsOf(dir: Workdir, folder: string): string {
  const names = readdirSync(join(dir.path, folder, '_rejects')).sort();
  return names.map((name) => dir.read(`${folder}/_rejects/${name}`)).join('');
}

/** Writes the same table in four formats. */
function tables(dir: Workdir): void {
  dir.write('in/a.csv', csvText());
  for (const [format, name] of [
    ['parquet', 'b'],
    ['arrow', 'c'],
    ['jsonl', 'd'],
  ] as const) {
    splitJob(dir, 'a.csv', { path: `made-${format}`, format });
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    dir.write(`in/${name}.${format}`, readFileSync(join(dir.path, `made-${format}/part-a.${format}`)));
  }
}

describe('a file in parts', () => {
  it('gives the rows, rejects and counts of the whole file, whatever the size of a part', () => {
    const dir = workdir();
    tables(dir);
    splitJob(dir, '', { path: 'whole', format: 'csv' });
    const whole = lastLine(dir.call(['run', 'job.yaml', '--quiet']));
    assert.equal(whole.partitions.published, 4);
    assert.ok(whole.rows.rejected > 0 && whole.rows.skipped > 0);
    for (const size of ['8KiB', '50KiB']) {
      splitJob(dir, `, split: ${size}`, { path: size, format: 'csv' });
      const ran = dir.call(['run', 'job.yaml', '--quiet']);
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(lastLine(ran).rows, whole.rows);
      assert.ok(lastLine(ran).partitions.published > 4);
      for (const name of ['a', 'b', 'c', 'd'])
        assert.equal(laidEndToEnd(dir, size, name), laidEndToEnd(dir, 'whole', name), `${name} in ${size}`);
      assert.equal(rejectsOf(dir, size), rejectsOf(dir, 'whole'));
    }
  });

  it('is scored by shards, listed by plan and status, and rescored as a whole when it changes', () => {
    const dir = workdir();
    dir.write('in/a.csv', csvText());
    splitJob(dir, '', { path: 'whole', format: 'csv' });
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    splitJob(dir, ', split: 20KiB', { path: 'shards', format: 'csv' });
    const planned = JSON.parse(dir.call(['plan', 'job.yaml']).stdout).partitions;
    const bytes = Buffer.byteLength(csvText());
    assert.equal(planned.length, Math.ceil(bytes / (20 * 1024)));
    assert.equal(
      planned.reduce((sum: number, one: { bytes: number }) => sum + one.bytes, 0),
      bytes,
    );
    for (const shard of ['2/3', '1/3', '3/3'])
      assert.equal(dir.call(['run', 'job.yaml', '--quiet', '--shard', shard]).code, 0);
    assert.equal(dir.call(['finish', 'job.yaml']).code, 0);
    assert.equal(laidEndToEnd(dir, 'shards', 'a'), laidEndToEnd(dir, 'whole', 'a'));
    const again = lastLine(dir.call(['run', 'job.yaml', '--quiet']));
    assert.equal(again.partitions.skipped, planned.length);

    dir.write('in/a.csv', csvText().replace(/\n1,1,/, '\n1,2,'));
    const { partitions } = JSON.parse(dir.call(['status', 'job.yaml', '--json']).stdout);
    assert.deepEqual([...new Set(partitions.map(({ state }: { state: string }) => state))], ['outdated']);
    assert.equal(lastLine(dir.call(['run', 'job.yaml', '--quiet'])).partitions.published, planned.length);
  });

  it('stays whole if it is compressed or small; other files may have the name of a part', () => {
    const dir = workdir();
    dir.write('in/a.csv', csvText());
    dir.write('in/b.csv', 'id,x,note\n1,2,c\n');
    dir.write('in/c.csv.gz', gzipSync(csvText()));
    dir.write('in/a.1-of-2.csv', 'id,x,note\n1,2,c\n');
    splitJob(dir, ', split: 50KiB', { path: 'out', format: 'csv' });
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    assert.deepEqual(inputs(dir, 'out'), [
      'part-a.1-of-2.csv',
      'part-a.part-1-of-2.csv',
      'part-a.part-2-of-2.csv',
      'part-b.csv',
      'part-c.csv',
    ]);
  });

  it('must have room for a slice', () => {
    const dir = workdir();
    dir.write('in/a.csv', csvText());
    splitJob(dir, ', split: 1KiB', { path: 'out', format: 'csv' });
    const ran = dir.call(['check', 'job.yaml']);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /"input.split" must be at least "run.chunk_bytes"/);
  });
});
