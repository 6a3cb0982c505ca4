import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NightshiftError } from '../../src/errors.js';
import { storageError } from '../../src/storage/storage-error.js';
import {
  inTemporaryFolder,
  makeTemporaryFolder,
  ofTemporaryFolder,
} from '../../src/storage/temporary-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

async function withTmpdir<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

test('makes a folder in TMPDIR', async () => {
  const folder = temporaryFolder('tmpdir');
  const made = await withTmpdir(folder, () => makeTemporaryFolder('one-'));
  assert.ok(made.startsWith(join(folder, 'one-')));
  assert.ok(statSync(made).isDirectory());
});

test('a TMPDIR that does not exist, or is a file, is called the temporary folder, and the hint names it', async () => {
  const folder = temporaryFolder('tmpdir');
  writeFileSync(join(folder, 'file'), '');
  for (const [name, reason, says] of [
    ['absent', 'storage-away', 'does not exist'],
    ['file', 'not-a-folder', 'cannot be used: a part of its path is a file'],
  ] as const)
    await withTmpdir(join(folder, name), () =>
      assert.rejects(makeTemporaryFolder('one-'), (error: NightshiftError) => {
        assert.equal(error.message, `temporary folder "${join(folder, name)}" ${says}`);
        assert.equal(error.reason, reason);
        assert.match(error.hint!, /^set TMPDIR to a folder that exists and that the user .* may write to$/);
        return true;
      }),
    );
});

test('a full disk below TMPDIR names the folder and what to do', async () => {
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  const folder = temporaryFolder('tmpdir');
  await withTmpdir(folder, () =>
    assert.rejects(
      inTemporaryFolder(() => Promise.reject(full)),
      {
        message: `temporary folder "${folder}" cannot be written: no space left on its disk`,
        hint: 'free space there, or set TMPDIR to a folder with more, then run again',
      },
    ),
  );
  const asOutput = storageError(full, 'output', join(folder, 'one/part')) as NightshiftError;
  await withTmpdir(folder, async () => {
    const error = ofTemporaryFolder(asOutput) as NightshiftError;
    assert.equal(error.message, `temporary folder "${folder}" cannot be written: no space left on its disk`);
  });
});
