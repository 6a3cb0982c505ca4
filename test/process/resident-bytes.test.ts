import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

test('the resident memory of a process that can open no more files is a figure all the same, not an error', () => {
  const address = pathToFileURL(join(process.cwd(), 'dist/src/process/resident-bytes.js')).href;
  const script = `
    const { residentBytes } = await import(${JSON.stringify(address)});
    const { openSync } = await import('node:fs');
    const before = residentBytes();
    for (;;) try { openSync('/dev/null'); } catch { break; }
    console.log(before, residentBytes());`;
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const [before, full] = stdout.split(' ').map(Number);
  assert.ok(before! > 1e6 && full! > 1e6 && full! < 100 * before!, stdout + stderr);
});
