import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { sampleJob, type Workdir, workdir } from '../../workdir.js';

let dir: Workdir;

before(() => {
  dir = workdir();
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [[/path: .*date=.*/, `path: ${dir.path}/scored/flights/date=\${date}`]]),
  );
  for (const day of ['2013-01-01', '2013-01-04']) {
    const ran = dir.call(['run', 'job.yaml', '--date', day, '--quiet']);
    assert.equal(ran.code, 0, ran.stderr);
  }
});

test('report writes the same page again from the summary alone', () => {
  const page = join(dir.path, 'scored/flights/date=2013-01-04/_summary.html');
  const written = dir.read('scored/flights/date=2013-01-04/_summary.html');
  rmSync(page);
  const ran = dir.call(['report', 'scored/flights/date=2013-01-04']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(dir.read('scored/flights/date=2013-01-04/_summary.html'), written);
  assert.match(ran.stdout, /^CHECK {2}913 rows scored/);
  const elsewhere = dir.call(['report', 'scored/flights/date=2013-01-04/_summary.json', '-o', 'page.html']);
  assert.equal(elsewhere.code, 0, elsewhere.stderr);
  assert.equal(dir.read('page.html'), written);
});

test('report prints the path of the page it wrote once, whatever its path is', () => {
  const pageLines = (args: readonly string[]) =>
    dir
      .call(['report', ...args])
      .stdout.split('\n')
      .filter((line) => line.includes('.html'));
  const own = join(dir.path, 'scored/flights/date=2013-01-04/_summary.html');
  assert.deepEqual(pageLines(['scored/flights/date=2013-01-04']), [`page        ${own}`]);
  assert.deepEqual(pageLines(['scored/flights/date=2013-01-04', '-o', 'p.html']), [
    `page        ${join(dir.path, 'p.html')}`,
  ]);
  cpSync(dirname(own), join(dir.path, 'moved'), { recursive: true });
  assert.deepEqual(pageLines(['moved']), [`page        ${join(dir.path, 'moved/_summary.html')}`]);
});

test('report of a folder of runs writes an index whose links lead to their pages', () => {
  const ran = dir.call(['report', 'scored']);
  assert.equal(ran.code, 0, ran.stderr);
  const index = dir.read('scored/index.html');
  const links = [...index.matchAll(/href="\.\/([^"]*)"/g)].map(([, path]) => decodeURIComponent(path!));
  assert.deepEqual(links.map(dirname), ['flights/date=2013-01-04', 'flights/date=2013-01-01']);
  for (const link of links) assert.ok(existsSync(join(dir.path, 'scored', link)), link);
  assert.match(index, /<title>Rows read over 2 runs: from 842 to 916, now 916<\/title>/);
});

test('a run knows the published runs in the folders before its own', () => {
  const summary = JSON.parse(dir.read('scored/flights/date=2013-01-04/_summary.json'));
  assert.deepEqual(
    summary.trend.runs.map((run: { rows_read: number }) => run.rows_read),
    [842, 916],
  );
});

test('report says where there is nothing to report on', () => {
  const none = dir.call(['report', 'nowhere']);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /nothing to report at "nowhere": there is no such folder/);
  dir.write('empty/x', '');
  const empty = dir.call(['report', 'empty']);
  assert.equal(empty.code, 2);
  assert.match(empty.stderr, /it contains no _summary.json, at any level/);
});
