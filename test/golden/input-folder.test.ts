import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

const rows = 'a,b\n1,2\n3,4\n';
const companions = [
  'README.md',
  'a.csv.md5',
  'a.csv.sha256',
  '_SUCCESS',
  '.a.csv.crc',
  '.DS_Store',
  'Thumbs.db',
  'manifest.json',
];

async function prepared(files: Readonly<Record<string, string>>): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('a', 'b'));
  for (const [name, content] of Object.entries(files)) dir.write(`in/${name}`, content);
  return dir;
}

function findingsOf(ran: Ran): string[] {
  return lastLine(ran).findings.map(({ level, code }) => `${level} ${code}`);
}

function partsOf(dir: Workdir): string[] {
  return readdirSync(join(dir.path, 'out')).filter((name) => name.startsWith('part-'));
}

describe('a folder as input', () => {
  it('passes over what accompanies the data, names it in a note and stays good', async () => {
    const dir = await prepared(
      Object.fromEntries([['a.csv', rows], ...companions.map((name) => [name, 'x'])]),
    );
    for (const path of ['in', 'in/*']) {
      const ran = runJob(dir, { input: { path } }, 'run', '--force');
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(partsOf(dir), ['part-a.parquet']);
      assert.deepEqual([lastLine(ran).verdict, lastLine(ran).rows.read], ['good', 2]);
      assert.match(
        dir.read('out/_summary.json'),
        /accompany data: README\.md, Thumbs\.db, a\.csv\.md5 and 2 more;/,
      );
    }
    const planned = JSON.parse(runJob(dir, { input: { path: 'in' } }, 'plan').stdout);
    assert.deepEqual(
      planned.partitions.map(({ partition, state, findings }: Record<string, { code: string }[]>) => [
        partition,
        state,
        findings!.map(({ code }) => code),
      ]),
      [['a', 'published', ['passed-over']]],
    );
  });

  it('of nothing but companions is no input, and says what is there', async () => {
    const dir = await prepared({ 'README.md': 'x', 'manifest.json': '{}' });
    const ran = runJob(dir, { input: { path: 'in' } });
    assert.deepEqual([ran.code, lastLine(ran).reason], [99, 'no-input']);
    assert.match(ran.stderr, /only files that accompany data, such as \\?"README\.md/);
  });

  it('leaves out files of 0 bytes of any format, and says check', async () => {
    const empty = { 'b.csv': '', 'c.parquet': '', 'd.arrow': '', 'e.csv.gz': '' };
    const dir = await prepared({ ...empty, 'x.csv': rows });
    const ran = runJob(dir, { input: { path: 'in' } });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(partsOf(dir), ['part-x.parquet']);
    assert.deepEqual(findingsOf(ran), ['check empty-input']);
    const checked = runJob(dir, { input: { path: 'in' } }, 'check');
    assert.match(checked.stdout + checked.stderr, /they are empty: b\.csv, c\.parquet, d\.arrow and 1 more/);
    const plan = runJob(dir, { input: { path: 'in' } }, 'plan').stdout;
    assert.match(plan, /"code":"empty-input","level":"check"/);
    const fine = runJob(dir, { input: { path: 'in', on_empty: 'succeed' } }, 'run', '--force');
    assert.deepEqual([fine.code, lastLine(fine).verdict], [0, 'good']);
    const strict = runJob(dir, { input: { path: 'in', on_empty: 'fail' } }, 'run', '--force');
    assert.equal(strict.code, 4, strict.stderr);
    assert.equal(lastLine(strict).partitions.failed, 4);
  });
});

describe('a file of 0 bytes', () => {
  for (const name of ['a.csv', 'a.parquet', 'a.arrow', 'a.csv.gz']) {
    it(`is no input, alone: ${name}`, async () => {
      const dir = await prepared({ [name]: '' });
      const ran = runJob(dir, { input: { path: name === 'a.csv' ? 'in' : `in/${name}` } });
      assert.deepEqual([ran.code, lastLine(ran).reason], [99, 'no-rows'], ran.stderr);
      assert.match(ran.stderr, /input \\?"a\.[a-z.]+\\?" has no bytes/);
    });
  }

  it('or of nothing but blanks, line ends or a mark, compressed too, is no input', async () => {
    const dir = await prepared({ 'a.csv': '\n \n\n', 'b.csv': '\ufeff' });
    dir.write('in/c.csv.gz', gzipSync(''));
    const ran = runJob(dir, { input: { path: 'in' } });
    assert.deepEqual([ran.code, lastLine(ran).reason], [99, 'no-rows'], ran.stderr);
    const strict = runJob(dir, { input: { path: 'in', on_empty: 'fail' } });
    assert.deepEqual([strict.code, lastLine(strict).reason], [2, 'input-empty'], strict.stderr);
  });

  it('ends with 2 or 0 where the job says so', async () => {
    const dir = await prepared({ 'a.csv': '' });
    const strict = runJob(dir, { input: { path: 'in/a.csv', on_empty: 'fail' } });
    assert.deepEqual([strict.code, lastLine(strict).reason], [2, 'input-empty'], strict.stderr);
    const fine = runJob(dir, { input: { path: 'in/a.csv', on_empty: 'succeed' } });
    assert.equal(fine.code, 0, fine.stderr);
  });
});
