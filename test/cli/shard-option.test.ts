import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseShard } from '../../src/cli/shard-option.js';

test('a shard is named by its number and the total', () => {
  assert.deepEqual(parseShard('2/8', {}), { index: 2, count: 8 });
  for (const text of ['0/2', '3/2', '2', '1/', 'auto/', '-1/2', '1/2/3', ''])
    assert.throws(() => parseShard(text, {}), /must be i\/n/, text);
});

test('the index of an engine counts from 0, and its total is taken where it is one', () => {
  const cases = [
    ['auto/4', { JOB_COMPLETION_INDEX: '3' }, 4, 4],
    ['auto', { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '10' }, 1, 10],
    ['auto/10', { AWS_BATCH_JOB_ARRAY_INDEX: '9' }, 10, 10],
    ['auto', { CLOUD_RUN_TASK_INDEX: '1', CLOUD_RUN_TASK_COUNT: '2' }, 2, 2],
    ['auto/4', { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '1' }, 3, 4],
  ] as const;
  for (const [text, env, index, count] of cases) assert.deepEqual(parseShard(text, env), { index, count });
});

test('what an engine leaves open is refused with what to give', () => {
  const cases = [
    ['auto', {}, /none of JOB_COMPLETION_INDEX, .* is set/],
    ['auto', { JOB_COMPLETION_INDEX: '0' }, /Kubernetes does not say how many tasks there are: give auto\/n/],
    ['auto', { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '4' }, /Slurm does not say/],
    [
      'auto/4',
      { SLURM_ARRAY_TASK_ID: '4' },
      /SLURM_ARRAY_TASK_ID is 4, .* from 0 to 3: number the tasks from 0/,
    ],
    ['auto/3', { CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '2' }, /CLOUD_RUN_TASK_COUNT is 2, not 3/],
    [
      'auto/3',
      { CLOUD_RUN_TASK_INDEX: '0', JOB_COMPLETION_INDEX: '0' },
      /both JOB_COMPLETION_INDEX and CLOUD_RUN_TASK_INDEX/,
    ],
    ['auto/3', { JOB_COMPLETION_INDEX: 'x' }, /JOB_COMPLETION_INDEX must be a whole number, found x/],
  ] as const;
  for (const [text, env, message] of cases) assert.throws(() => parseShard(text, env), message);
});
