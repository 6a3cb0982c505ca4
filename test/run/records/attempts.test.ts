import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readAttempts } from '../../../src/run/records/attempts.js';
import { layoutOf } from '../../../src/run/records/layout.js';
import { workdir } from '../../workdir.js';

it('a mark that is just being written is of a partition that is running, a damaged one is not', async () => {
  const dir = workdir();
  dir.write('out/_nightshift/attempts/a.json', '');
  dir.write('out/_nightshift/attempts/b.json', '{"run');
  const marks = await readAttempts(layoutOf(`${dir.path}/out`, 'csv'));
  assert.deepEqual(
    [...marks],
    [
      ['a', { crashes: 0, isRunning: true }],
      ['b', { crashes: 0, isRunning: false }],
    ],
  );
});
