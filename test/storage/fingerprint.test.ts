import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint } from '../../src/storage/fingerprint.js';
import { workdir } from '../workdir.js';

const mib = 1024 * 1024;

/** The fingerprint of `bytes` bytes of which some were changed. */
async function printOf(bytes: number, changed: readonly number[] = []): Promise<string> {
  const dir = workdir();
  try {
    const content = Buffer.alloc(bytes, 'flight,');
    for (const at of changed) content[at] = content[at]! ^ 1;
    return await fingerprint(dir.write('a.csv', content), bytes);
  } finally {
    dir.remove();
  }
}

test('up to 1 MiB any byte counts', async () => {
  const whole = await printOf(mib);
  assert.equal(await printOf(mib), whole);
  for (const at of [0, 70_000, mib / 2 + 1, mib - 1])
    assert.notEqual(await printOf(mib, [at]), whole, `byte ${at}`);
});

test('content that is in memory need not be read, if it is all of the file', async () => {
  const dir = workdir();
  const content = Buffer.from('a,b\n1,2\n');
  const path = dir.write('a.csv', content);
  const print = await fingerprint(path, content.length);
  assert.equal(await fingerprint(`${path} is gone`, content.length, '', content), print);
  assert.equal(await fingerprint(path, content.length, '', content.subarray(1)), print);
  dir.remove();
});

test('beyond 1 MiB the size, both ends and blocks between them count, and nothing else does', async () => {
  const bytes = 5 * mib + 17;
  const whole = await printOf(bytes);
  assert.equal(await printOf(bytes), whole);
  assert.notEqual(await printOf(bytes + 1), whole);
  const step = Math.floor((bytes - 2 * 65_536 - 4096) / 63);
  for (const at of [
    0,
    65_535,
    65_536 + step,
    65_536 + 30 * step + 4095,
    65_536 + 63 * step,
    bytes - 65_536,
    bytes - 1,
  ])
    assert.notEqual(await printOf(bytes, [at]), whole, `byte ${at}`);
  assert.equal(await printOf(bytes, [65_536 + 4096]), whole, 'between two blocks, as docs/quality.md says');
});
