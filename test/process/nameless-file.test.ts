import assert from 'node:assert/strict';
import { readdirSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openNameless } from '../../src/process/nameless-file.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('a file without a name', () => {
  it('is written and read, and its folder stays empty', async () => {
    const folder = temporaryFolder('nameless');
    const file = await openNameless(folder);
    await file.write(Buffer.from('abc'), 0, 3, 2);
    const bytes = Buffer.alloc(5);
    await file.read(bytes, 0, 5, 0);
    assert.deepEqual([...bytes], [0, 0, 97, 98, 99]);
    assert.equal((await file.stat()).nlink, 0);
    assert.deepEqual(readdirSync(folder), []);
    await file.close();
  });

  it('never has one on a disk of Linux, so a kill at any instant leaves nothing', {
    skip: process.platform !== 'linux' && 'not Linux',
  }, async () => {
    const folder = temporaryFolder('nameless');
    const seen: (string | null)[] = [];
    const watcher = watch(folder, (_, name) => seen.push(name));
    for (let i = 0; i < 20; i++) await (await openNameless(folder)).close();
    writeFileSync(join(folder, 'named'), '');
    while (!seen.includes('named')) await delay(5);
    watcher.close();
    assert.deepEqual([...new Set(seen)], ['named']);
  });

  it('has one for an instant on systems without nameless files', async (t) => {
    const folder = temporaryFolder('nameless');
    const { platform } = process;
    t.after(() => Object.defineProperty(process, 'platform', { value: platform }));
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    const file = await openNameless(folder);
    assert.equal((await file.stat()).nlink, 0);
    assert.deepEqual(readdirSync(folder), []);
    await file.close();
  });

  it('is not opened in a folder that does not exist, or a file', async () => {
    const missing = join(tmpdir(), 'missing-folder');
    await assert.rejects(openNameless(missing), { code: 'ENOENT' });
    const file = join(temporaryFolder('nameless'), 'file');
    writeFileSync(file, '');
    await assert.rejects(openNameless(file), { code: 'ENOTDIR' });
  });
});
