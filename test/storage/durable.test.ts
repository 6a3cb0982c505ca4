import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rmdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError, TransientError } from '../../src/errors.js';
import { ownerTag } from '../../src/process/owner.js';
import {
  checkWritable,
  freeBytes,
  makeEmptyFolder,
  makeFoldersWithin,
  makeFolderWithin,
  removeDurably,
  removeLeftovers,
  renameDurably,
  syncFolder,
  writeDurably,
} from '../../src/storage/durable.js';
import { pathWithin } from '../../src/storage/paths.js';
import { temporaryFolder } from '../temporary-folder.js';

const root = temporaryFolder('durable');
let folders = 0;
async function folder(): Promise<string> {
  const path = join(root, `f${++folders}`);
  await mkdir(path);
  return path;
}

test('replaces a file whole and leaves nothing beside it', async () => {
  const at = await folder();
  await writeDurably(join(at, 'a.json'), 'first');
  await writeDurably(join(at, 'a.json'), new TextEncoder().encode('second, longer'));
  assert.equal(await readFile(join(at, 'a.json'), 'utf8'), 'second, longer');
  assert.deepEqual(await readdir(at), ['a.json']);
});

test('many writes of one file at once leave one of them whole', async () => {
  const at = await folder();
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(contents.map((content) => writeDurably(join(at, 'a'), content)));
  assert.ok(contents.includes(await readFile(join(at, 'a'), 'utf8')));
  assert.deepEqual(await readdir(at), ['a']);
});

test('replaces a link, never what it points to', async () => {
  const at = await folder();
  await writeFile(join(at, 'theirs'), 'theirs');
  await symlink(join(at, 'theirs'), join(at, 'ours'));
  await writeDurably(join(at, 'ours'), 'ours');
  assert.equal(await readFile(join(at, 'theirs'), 'utf8'), 'theirs');
  assert.equal(await readFile(join(at, 'ours'), 'utf8'), 'ours');
});

test('a failed write takes its temporary file away and names the file', async () => {
  const at = await folder();
  await mkdir(join(at, 'taken'));
  await assert.rejects(writeDurably(join(at, 'taken'), 'x'), (error) => {
    assert.ok(error instanceof InvalidError);
    assert.match(error.message, /taken" cannot be used: it is a folder$/);
    return true;
  });
  assert.deepEqual(await readdir(at), ['taken']);
  await assert.rejects(writeDurably(join(at, 'gone', 'a'), 'x'), TransientError);
});

test('removes what dead processes left, and nothing of those that run', async () => {
  const at = await folder();
  const own = await ownerTag();
  const dead = own.replace(/-\d+-/, `-${spawnSync('true').pid}-`);
  const elsewhere = own.replace(/^.{8}/, '00000000');
  const old = new Date(Date.now() - 7_200_000);
  const names = {
    [`.nightshift-${own}-1.tmp`]: 'stays: its process runs',
    [`.nightshift-${dead}-1.tmp`]: 'goes: its process is dead',
    [`.nightshift-${elsewhere}-1.tmp`]: 'stays: another machine may be writing it',
    [`.nightshift-${elsewhere}-2.tmp`]: 'goes: nobody writes for two hours',
    '.nightshift-123-4.tmp': 'goes: of an earlier version, and old',
    '.nightshift-123-5.tmp': 'stays: of an earlier version, and new',
    '.nightshift.tmp': 'stays: not ours',
    'part-a.parquet': 'stays: not ours',
  };
  for (const name of Object.keys(names)) await writeFile(join(at, name), '');
  for (const name of [`.nightshift-${elsewhere}-2.tmp`, '.nightshift-123-4.tmp'])
    await utimes(join(at, name), old, old);
  await removeLeftovers(at);
  const kept = Object.entries(names).flatMap(([name, fate]) => (fate.startsWith('stays') ? [name] : []));
  assert.deepEqual((await readdir(at)).sort(), kept.sort());
  await removeLeftovers(join(at, 'gone'));
});

test('moves a file between folders, and says when it is not there', async () => {
  const at = await folder();
  await mkdir(join(at, 'to'));
  await writeFile(join(at, 'from'), 'x');
  await renameDurably(join(at, 'from'), join(at, 'to', 'a'));
  assert.equal(await readFile(join(at, 'to', 'a'), 'utf8'), 'x');
  await assert.rejects(renameDurably(join(at, 'from'), join(at, 'to', 'a')), TransientError);
  await assert.rejects(syncFolder(join(at, 'gone')), TransientError);
});

const escapes = ['../x', 'a/../../x', '/etc/passwd', '..', '.', '', 'a/..', 'nul\0byte'];
for (const name of escapes) {
  test(`an output named ${JSON.stringify(name)} is refused`, async () => {
    const at = await folder();
    assert.throws(() => pathWithin(at, name), InvalidError);
    await assert.rejects(makeFolderWithin(at, name), InvalidError);
  });
}

test('outputs below the folder are joined', () => {
  assert.equal(pathWithin('/out', '_rejects/part-a.ndjson'), '/out/_rejects/part-a.ndjson');
  assert.equal(pathWithin('/out', '..a'), '/out/..a');
});

test('makes folders several deep, and refuses to go through a link or a file', async () => {
  const at = await folder();
  assert.equal(await makeFolderWithin(at, '_nightshift/partitions'), join(at, '_nightshift/partitions'));
  await makeFolderWithin(at, '_nightshift/partitions');
  const elsewhere = await folder();
  await symlink(elsewhere, join(at, '_rejects'));
  await assert.rejects(makeFolderWithin(at, '_rejects/deep'), (error) => {
    assert.ok(error instanceof InvalidError);
    assert.match(error.message, /_rejects" cannot be used: it is a symbolic link/);
    return true;
  });
  assert.deepEqual(await readdir(elsewhere), []);
  await writeFile(join(at, 'file'), '');
  await assert.rejects(makeFolderWithin(at, 'file'), InvalidError);
});

test('makes an empty folder, whatever stands there', async () => {
  const staging = join(await folder(), 'staging');
  const path = join(staging, 'a');
  await assert.rejects(makeEmptyFolder(staging, '../b'), /would leave the output folder/);
  for (const stands of ['nothing', 'an empty folder', 'a full folder', 'a file']) {
    if (stands === 'a full folder') await mkdir(join(path, 'b'));
    if (stands === 'a file') {
      await rmdir(path);
      await writeFile(path, '');
    }
    assert.equal(await makeEmptyFolder(staging, 'a'), path, stands);
    assert.deepEqual(await readdir(path), [], stands);
  }
});

test('looks at the nearest folder that exists for space and rights, and makes none', async () => {
  const at = await folder();
  assert.ok((await freeBytes(join(at, 'not/yet'))) > 0);
  await checkWritable(join(at, 'not/yet'));
  assert.deepEqual(await readdir(at), []);
  await writeFile(join(at, 'file'), '');
  await assert.rejects(checkWritable(join(at, 'file')), InvalidError);
  await assert.rejects(checkWritable(join(at, 'file', 'out')), InvalidError);
});

test('a folder without permission is for whoever set it', { skip: asRoot() }, async () => {
  const at = await folder();
  await chmod(at, 0o555);
  await assert.rejects(checkWritable(join(at, 'out')), InvalidError);
  await assert.rejects(writeDurably(join(at, 'a'), ''), InvalidError);
});

test('a file system that takes no files is for whoever set it', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  await assert.rejects(checkWritable('/proc/sys/out'), InvalidError);
});

function asRoot(): string | false {
  return process.getuid?.() === 0 ? 'root may write everything' : false;
}

test('removes a file that is there, and minds none that is not', async () => {
  const at = await folder();
  await writeFile(join(at, 'a'), 'a');
  await removeDurably(join(at, 'a'));
  await removeDurably(join(at, 'a'));
  await removeDurably(join(at, 'nowhere', 'a'));
  assert.deepEqual(await readdir(at), []);
});

test('makes several folders, some of which stand already', async () => {
  const at = await folder();
  await makeFoldersWithin(at, ['a/b', 'a/c', 'd']);
  await makeFoldersWithin(at, ['a/b', 'd/e']);
  assert.deepEqual((await readdir(at, { recursive: true })).sort(), ['a', 'a/b', 'a/c', 'd', 'd/e']);
});
