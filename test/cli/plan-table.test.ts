import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTable } from '../../src/cli/plan-table.js';
import { loadJob } from '../../src/job/load-job.js';

test('a plan for people names each partition, its state, its size and its doubts within 60 columns', async () => {
  const job = await loadJob('jobs/flight-delay.yaml', { date: '2013-01-04', output: '/scored' });
  const findings = [{ code: 'other-files', sentence: '1 file beside it was left out' }] as never;
  const one = { partition: 'a', input: '/in/a.csv', bytes: 80_196, state: 'published' } as const;
  const lines = planTable(
    job,
    [
      { ...one, findings: [] },
      { ...one, partition: 'b', input: '/in/b.csv', findings },
    ],
    [{ shard: '1/2', partitions: 2, bytes: 160_392 }],
    60,
  );
  assert.deepEqual(lines, [
    'flight-delay: /scored',
    '',
    'partition  state      size   input',
    '---------  ---------  -----  -------------------------------',
    'a          published  80 kB  /in/a.csv',
    'b          published  80 kB  /in/b.csv; 1 file beside it was',
    '                             left out',
    '',
    'shard  partitions  size',
    '-----  ----------  ------',
    '1/2    2           160 kB',
    '',
    '2 partitions, 160 kB',
  ]);
});
