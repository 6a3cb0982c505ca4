import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadJob } from '../../../src/job/load-job.js';
import { intendPartitions } from '../../../src/run/publish/commit.js';
import type { Intent } from '../../../src/run/records/intent.js';
import { layoutOf, openRunFolder } from '../../../src/run/records/layout.js';
import { scoredElsewhere } from '../../../src/run/records/scored-elsewhere.js';
import { dated } from '../../golden/dated-job.js';

test('counts every partition of a group that a killed run had decided to publish', async () => {
  const dir = dated();
  const layout = layoutOf(join(dir.path, 'out/tiny/date=2013-01-01'), 'csv');
  await openRunFolder(layout);
  const intent = (partition: string) => {
    const record = {
      partition,
      state: 'published',
      runId: 'one',
      identity: { input: { bytes: 1, mtimeMs: 1, sha256: null } },
      input: { path: `/in/${partition}.csv` },
      outputs: [],
      rows: {},
    };
    return { record, text: JSON.stringify(record), moves: [], stale: [] } as unknown as Intent;
  };
  await intendPartitions(layout, [intent('a'), intent('b')]);
  await intendPartitions(layout, [intent('c')]);
  const { inputs } = await scoredElsewhere(await loadJob(join(dir.path, 'job.yaml'), { date: '2013-01-02' }));
  assert.deepEqual(
    inputs.map(({ path, output }) => [path, output]),
    ['a', 'b', 'c'].map((name) => [`/in/${name}.csv`, null]),
  );
});
