import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError, TransientError } from '../../src/errors.js';
import { hashFile } from '../../src/storage/hash-file.js';
import { createStagedFile } from '../../src/storage/staged-file.js';
import { temporaryFolder } from '../temporary-folder.js';

const root = temporaryFolder('staged');

test('returns the size and hash of what was written, in order', async () => {
  const path = join(root, 'a.bin');
  const file = await createStagedFile(path);
  const buffer = new Uint8Array(100_000);
  let all = Buffer.alloc(0);
  for (let round = 0; round < 20; round++) {
    buffer.fill(round);
    const piece = buffer.subarray(0, round * 997);
    all = Buffer.concat([all, piece]);
    await file.write(piece);
    assert.equal(file.bytes, all.length);
  }
  const content = await file.finish();
  const sha256 = createHash('sha256').update(all).digest('hex');
  assert.deepEqual(content, { bytes: all.length, sha256 });
  assert.deepEqual(await readFile(path), all);
  assert.equal(await hashFile(path), sha256);
});

test('takes the rights that the umask leaves', async () => {
  const path = join(root, 'rights');
  const before = process.umask(0o027);
  try {
    await (await createStagedFile(path)).finish();
  } finally {
    process.umask(before);
  }
  assert.equal((await stat(path)).mode & 0o777, 0o640);
});

test('never writes into what is there already, nor through a link', async () => {
  const target = join(root, 'target');
  await writeFile(target, 'theirs');
  await symlink(target, join(root, 'link'));
  await assert.rejects(createStagedFile(target));
  await assert.rejects(createStagedFile(join(root, 'link')));
  assert.equal(await readFile(target, 'utf8'), 'theirs');
});

test('leaves nothing when it is thrown away, before or after its end', async () => {
  const path = join(root, 'thrown');
  const file = await createStagedFile(path);
  await file.write(new Uint8Array(10));
  await file.discard();
  assert.equal(existsSync(path), false);
  const finished = await createStagedFile(path);
  await finished.finish();
  await finished.discard();
  await finished.discard();
  assert.equal(existsSync(path), false);
});

test('a full disk is for waiting', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async () => {
  const { open } = await import('node:fs/promises');
  const { onStorage } = await import('../../src/storage/storage-error.js');
  const full = await open('/dev/full', 'w');
  await assert.rejects(
    onStorage('output', '/out/part-a.parquet', () => full.write(new Uint8Array(1))),
    (error) => {
      assert.ok(error instanceof TransientError);
      assert.equal(error.reason, 'disk-full');
      assert.equal(
        error.message,
        'output "/out/part-a.parquet" cannot be written: no space left on its disk',
      );
      return true;
    },
  );
  await full.close();
});

test('a file system that cannot sync is for whoever chose it', async () => {
  const { open } = await import('node:fs/promises');
  const { onStorage } = await import('../../src/storage/storage-error.js');
  const unsynced = await open('/dev/null', 'r+');
  await assert.rejects(
    onStorage('output', '/out', () => unsynced.sync()),
    (error) => {
      assert.ok(error instanceof InvalidError);
      assert.equal(error.reason, 'storage-unsupported');
      assert.match(error.message, /its file system lacks what is needed to write it safely$/);
      return true;
    },
  );
  await unsynced.close();
});

test('a folder that is gone is for waiting, a path through a file is for whoever wrote it', async () => {
  await assert.rejects(createStagedFile(join(root, 'gone', 'a')), (error) => {
    assert.ok(error instanceof TransientError);
    assert.equal(error.reason, 'storage-away');
    return true;
  });
  await writeFile(join(root, 'file'), '');
  await assert.rejects(createStagedFile(join(root, 'file', 'a')), InvalidError);
});
