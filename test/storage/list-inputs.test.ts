import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { InvalidError, TransientError } from '../../src/errors.js';
import { listInputs } from '../../src/storage/list-inputs.js';
import { temporaryFolder } from '../temporary-folder.js';

const root = temporaryFolder('inputs');

async function folder(name: string, ...files: string[]): Promise<string> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  for (const file of files) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), file);
  }
  return path;
}

async function names(spec: string | readonly string[], baseDir: string): Promise<string[]> {
  return (await listInputs(spec, { baseDir })).map((file) => file.name);
}

test('finds a file with its size, time and partition', async () => {
  const baseDir = await folder('one', 'day/2013-01-04.csv');
  const [file, ...rest] = await listInputs('day/2013-01-04.csv', { baseDir });
  assert.equal(rest.length, 0);
  assert.equal(file!.path, join(baseDir, 'day/2013-01-04.csv'));
  assert.equal(file!.name, '2013-01-04.csv');
  assert.equal(file!.partition, '2013-01-04');
  assert.equal(file!.bytes, 'day/2013-01-04.csv'.length);
  assert.ok(Math.abs(file!.mtimeMs - Date.now()) < 60_000);
});

test('takes a folder with all below it, but nothing whose name begins with _ or .', async () => {
  const baseDir = await folder(
    'deep',
    'b.csv',
    'year=2013/month=1/a.csv',
    'year=2013/month=2/a.csv',
    '_SUCCESS',
    '_rejects/part-a.ndjson',
    '.crc/a.crc',
    'year=2013/.part.crc',
  );
  assert.deepEqual(await names('.', baseDir), [
    'b.csv',
    'year=2013/month=1/a.csv',
    'year=2013/month=2/a.csv',
  ]);
});

test('reads globs, and never a bracket of a folder or of a file that is there as one', async () => {
  const baseDir = await folder(
    'glob[1]',
    'a 1.csv',
    'a[2].csv',
    'a2.csv',
    'b.csv',
    'in/c.csv',
    'in/deep/d.csv',
  );
  assert.deepEqual(await names('a*.csv', baseDir), ['a 1.csv', 'a2.csv', 'a[2].csv']);
  assert.deepEqual(await names('a[2].csv', baseDir), ['a[2].csv']);
  assert.deepEqual(await names('a[23].csv', baseDir), ['a2.csv']);
  assert.deepEqual(await names('{a2,b}.csv', baseDir), ['a2.csv', 'b.csv']);
  assert.deepEqual(await names('**/*.csv', baseDir), [
    'a 1.csv',
    'a2.csv',
    'a[2].csv',
    'b.csv',
    'in/c.csv',
    'in/deep/d.csv',
  ]);
  assert.deepEqual(await names('in/*.csv', baseDir), ['c.csv']);
  assert.deepEqual(await names(join(baseDir, '..', 'glob?1?', '*.csv'), '/'), [
    'glob[1]/a 1.csv',
    'glob[1]/a2.csv',
    'glob[1]/a[2].csv',
    'glob[1]/b.csv',
  ]);
});

test('a file that two entries of a list name counts once, and the order is that of the paths', async () => {
  const baseDir = await folder('list', 'b.csv', 'a.csv', 'Z.csv');
  assert.deepEqual(await names(['b.csv', '*.csv', join(baseDir, 'a.csv')], baseDir), [
    'Z.csv',
    'a.csv',
    'b.csv',
  ]);
});

test('nothing there is an empty list', async () => {
  const baseDir = await folder('empty');
  for (const spec of ['none.csv', 'none/*.csv', '*.csv', '.', ['none.csv', 'no/folder']]) {
    assert.deepEqual(await names(spec, baseDir), []);
  }
});

test('a file of a list that is missing while others are there is not passed over', async () => {
  const baseDir = await folder('partly', 'a.csv');
  await assert.rejects(listInputs(['a.csv', 'late.csv'], { baseDir }), (error) => {
    assert.ok(error instanceof TransientError);
    assert.match(error.message, /^input "late\.csv" is missing/);
    return true;
  });
  assert.deepEqual(await names(['a.csv', 'late-*.csv'], baseDir), ['a.csv']);
});

test('follows links to files and folders, but not in circles', async () => {
  const baseDir = await folder('links', 'real/a.csv');
  const elsewhere = await folder('elsewhere', 'b.csv', 'sub/c.csv');
  await symlink(join(elsewhere, 'b.csv'), join(baseDir, 'real/b.csv'));
  await symlink(join(elsewhere, 'sub'), join(baseDir, 'real/sub'));
  await symlink(baseDir, join(baseDir, 'real/loop'));
  assert.deepEqual(await names('real', baseDir), ['a.csv', 'b.csv', 'sub/c.csv']);
});

/** The names in `baseDir`, each with why it cannot be read. */
async function refusals(spec: string, baseDir: string): Promise<Record<string, string | null>> {
  const files = await listInputs(spec, { baseDir });
  return Object.fromEntries(files.map(({ name, refusal }) => [name, refusal?.reason ?? null]));
}

test('a dangling link and a pipe are listed with why they cannot be read, if they match', async () => {
  const baseDir = await folder('odd', 'good.csv');
  await symlink('gone.csv', join(baseDir, 'broken.csv'));
  execFileSync('mkfifo', [join(baseDir, 'pipe.csv')]);
  const odd = { 'broken.csv': 'input-unreadable', 'pipe.csv': 'not-a-file' };
  assert.deepEqual(await refusals('.', baseDir), { ...odd, 'good.csv': null });
  assert.deepEqual(await refusals('*.csv', baseDir), { ...odd, 'good.csv': null });
  assert.deepEqual(await refusals('g*.csv', baseDir), { 'good.csv': null });
  assert.deepEqual(await refusals('broken.csv', baseDir), { 'broken.csv': 'input-unreadable' });
  assert.deepEqual(await refusals('pipe.csv', baseDir), { 'pipe.csv': 'not-a-file' });
  const [file] = await listInputs('broken.csv', { baseDir });
  assert.match(file!.refusal!.message, /broken\.csv" is a dangling link$/);
});

test('a broken link that may stand for a folder of matching files is listed, and one above all files is refused', async () => {
  const baseDir = await folder('broken-folders', 'in/day=1/a.csv', 'in/notes/a.txt');
  for (const name of ['in/day=2', 'in/other', 'mount']) await symlink('/nowhere/else', join(baseDir, name));
  const odd = { 'day=2': 'input-unreadable' };
  assert.deepEqual(await refusals('in/day=*/*.csv', baseDir), { 'day=1/a.csv': null, ...odd });
  assert.deepEqual(await refusals('in/day=*/b/*.csv', baseDir), odd);
  assert.deepEqual(await refusals('in/**/*.csv', baseDir), {
    'day=1/a.csv': null,
    ...odd,
    other: 'input-unreadable',
  });
  assert.deepEqual(await refusals('in/*.csv', baseDir), {});
  for (const glob of ['mount/*.csv', 'mount/**/*.csv'])
    await assert.rejects(listInputs(glob, { baseDir }), (error) => {
      assert.ok(error instanceof TransientError);
      assert.match(error.message, /mount" is a dangling link$/);
      return true;
    });
});

test('a link to itself is listed with why it cannot be read', async () => {
  const baseDir = await folder('loops', 'good.csv');
  await symlink('loop.csv', join(baseDir, 'loop.csv'));
  assert.deepEqual(await refusals('.', baseDir), { 'good.csv': null, 'loop.csv': 'input-unreadable' });
  const [file] = await listInputs('loop.csv', { baseDir });
  assert.match(file!.refusal!.message, /loop\.csv" is a link to itself$/);
});

test('a link to where permission lacks is listed with why it cannot be read', {
  skip: asRoot(),
}, async () => {
  const baseDir = await folder('beyond', 'in/good.csv', 'locked/a.csv');
  await symlink('../locked/a.csv', join(baseDir, 'in/link.csv'));
  await chmod(join(baseDir, 'locked'), 0o000);
  try {
    assert.deepEqual(await refusals('in', baseDir), { 'good.csv': null, 'link.csv': 'no-permission' });
  } finally {
    await chmod(join(baseDir, 'locked'), 0o700);
  }
});

test('a name that is not UTF-8 is listed with why it cannot be read', async () => {
  const baseDir = await folder('bytes', 'good.csv');
  await writeFile(
    Buffer.concat([Buffer.from(`${baseDir}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.csv')]),
    '',
  );
  const files = await listInputs('.', { baseDir });
  assert.deepEqual(
    files.map(({ refusal }) => refusal?.message.endsWith('has a name that is not UTF-8') ?? null),
    [null, true],
  );
});

test('a folder without permission is for whoever set it', { skip: asRoot() }, async () => {
  const baseDir = await folder('locked', 'in/a.csv');
  await chmod(join(baseDir, 'in'), 0o000);
  try {
    await assert.rejects(listInputs('.', { baseDir }), (error) => {
      assert.ok(error instanceof InvalidError);
      assert.match(error.message, /permission denied$/);
      return true;
    });
  } finally {
    await chmod(join(baseDir, 'in'), 0o755);
  }
});

function asRoot(): string | false {
  return process.getuid?.() === 0 ? 'root may read everything' : false;
}

test('a glob that can match a name in endless ways is refused within seconds', async () => {
  const baseDir = await folder('slow', `${'a'.repeat(60)}.csv`, 'b.csv');
  const started = performance.now();
  for (const glob of [`${'*a'.repeat(14)}*b.csv`, `${'?*a'.repeat(14)}*b.csv`])
    await assert.rejects(
      listInputs(glob, { baseDir }),
      (error) => error instanceof InvalidError && error.message.includes('takes too long'),
    );
  assert.ok(performance.now() - started < 20_000);
});

test('a glob of many wildcards finds what it names', async () => {
  const baseDir = await folder('many', 'a-b-c-d-e-f.csv', 'a-b-c-d-e.csv');
  assert.deepEqual(await names('*-*-*-*-*-*.csv', baseDir), ['a-b-c-d-e-f.csv']);
});

test('passes over unfinished files and backups in folders and globs, names them, and takes them where they are asked for', async () => {
  const left = [
    '#a.csv#',
    'a.csv.bak',
    'a.csv.orig',
    'a.csv~',
    'b.csv.crdownload',
    'b.csv.part',
    'b.csv.tmp',
  ];
  const baseDir = await folder(
    'unfinished',
    ...left.map((name) => `d/${name}`),
    'd/a.csv',
    'd/c.csv',
    'd/partner.csv',
  );
  const files = await listInputs('d', { baseDir });
  assert.deepEqual(
    files.map(({ name, passedOver }) => [name, passedOver]),
    [
      ['a.csv', [{ why: 'unfinished', names: left }]],
      ['c.csv', undefined],
      ['partner.csv', undefined],
    ],
  );
  assert.deepEqual(await names('d/*', baseDir), ['a.csv', 'c.csv', 'partner.csv']);
  assert.deepEqual(await names('d/*.tmp', baseDir), ['b.csv.tmp']);
  assert.deepEqual(await names('d/b.csv.part', baseDir), ['b.csv.part']);
  assert.deepEqual(await names('d/b*', baseDir), []);
});

const companions = [
  'CHECKSUMS',
  'MD5SUMS',
  'README.md',
  'SHA256SUMS',
  'Thumbs.db',
  'a.csv.asc',
  'a.csv.crc',
  'a.csv.done',
  'a.csv.md5',
  'a.csv.sha256',
  'checksums.txt',
  'desktop.ini',
  'manifest.json',
  'readme.txt',
];

test('files that accompany data are passed over in folders and globs, and named', async () => {
  const hidden = ['d/_SUCCESS', 'd/.DS_Store', 'd/._a.csv', 'd/.a.csv.crc'];
  const data = ['d/a.csv', 'd/manifest.csv', 'd/readme.csv', 'd/schema.parquet', 'd/done', 'd/x.json'];
  const baseDir = await folder('companions', ...companions.map((name) => `d/${name}`), ...hidden, ...data);
  const listed = data.map((name) => name.slice(2)).sort();
  for (const spec of ['d', 'd/*', '**/*']) {
    const files = await listInputs(spec, { baseDir });
    assert.deepEqual(files.map(({ path }) => basename(path)).sort(), listed, spec);
    const left = files[0]!.passedOver!.flatMap(({ why, names }) =>
      names.map((name) => [why, basename(name)]),
    );
    assert.deepEqual(
      left,
      companions.map((name) => ['companion', name]),
    );
  }
  assert.deepEqual(await names('d/*.md5', baseDir), ['a.csv.md5']);
  assert.deepEqual(await names('d/README.md', baseDir), ['README.md']);
  assert.deepEqual(await names(['d/a.csv', 'd/manifest.json'], baseDir), ['a.csv', 'manifest.json']);
  const all = await listInputs('d', { baseDir, companions: true });
  assert.equal(all.length, listed.length + companions.length);
});

test('files without a byte are left out where the caller wants it, and named', async () => {
  const baseDir = await folder('empties', 'd/a.csv', 'd/b.parquet', 'd/c.csv.gz', 'd/d.csv');
  await writeFile(join(baseDir, 'd/d.csv'), 'a\n1\n');
  await truncate(join(baseDir, 'd/a.csv'));
  await truncate(join(baseDir, 'd/b.parquet'));
  await truncate(join(baseDir, 'd/c.csv.gz'));
  const [file, ...rest] = await listInputs('d', { baseDir, empty: false });
  assert.deepEqual([file!.name, rest.length], ['d.csv', 0]);
  assert.deepEqual(file!.passedOver, [{ why: 'empty', names: ['a.csv', 'b.parquet', 'c.csv.gz'] }]);
  assert.deepEqual(await listInputs(['d/a.csv'], { baseDir, empty: false }), []);
  assert.equal((await listInputs('d', { baseDir })).length, 4);
});
