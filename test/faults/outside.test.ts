import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { workdir } from '../workdir.js';
import { sampleRun } from './made-job.js';

for (const isolation of ['process', 'thread', 'none'] as const) {
  test(`a run without a cache leaves nothing in the home or temporary folder, isolation ${isolation}: the runtime reports to nobody`, (t) => {
    const dir = workdir();
    t.after(() => dir.remove());
    const home = join(dir.path, 'home');
    const temporary = join(dir.path, 'tmp');
    for (const folder of [home, temporary]) mkdirSync(folder);
    const left = () =>
      [home, temporary].flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
    const job = sampleRun(dir, { isolation, chunk: '1MiB' });
    // The runtime holds its tongue by itself where it sees a test or an integration server.
    const env = {
      HOME: home,
      XDG_CACHE_HOME: undefined,
      TMPDIR: temporary,
      CI: undefined,
      ORT_RUNNING_UNIT_TESTS: undefined,
      ORT_DISABLE_TELEMETRY: undefined,
    };
    const ran = dir.nightshift(['run', job, '--quiet', '--no-cache'], env);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(left(), []);
    if (isolation !== 'process') return;
    assert.equal(dir.nightshift(['run', job, '--quiet', '--force'], env).code, 0);
    assert.deepEqual(
      left().filter(
        (path) => !/^\.cache(\/nightshift(\/(code|graph|job|model|proof)-[0-9a-f]{32})?)?$/.test(path),
      ),
      [],
    );
  });
}
