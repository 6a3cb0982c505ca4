import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExitCode, type Reason, reasons } from '../../../src/reasons.js';
import { exitOfOutcomes, type PartitionOutcome, partitionsOf } from '../../../src/run/records/outcomes.js';

function outcome(state: PartitionOutcome['state'], exitCode: ExitCode = 0): PartitionOutcome {
  const reason = (Object.keys(reasons) as Reason[]).find((one) =>
    reasons[one].exits.some((code) => code === exitCode),
  )!;
  const failure = exitCode === 0 ? null : { reason, message: 'm', hint: null, exitCode };
  return { partition: 'p', state, failure, entries: null };
}

describe('exitOfOutcomes', () => {
  const table: [string, PartitionOutcome[], number][] = [
    ['all published or done before', [outcome('published'), outcome('skipped')], 0],
    ['a gate alone holds one back', [outcome('published'), outcome('gated', 3)], 3],
    ['one of two failed', [outcome('published'), outcome('failed', 5)], 4],
    ['one failed, the other was done before', [outcome('skipped'), outcome('failed', 2)], 4],
    ['all failed for the same reason', [outcome('failed', 2), outcome('failed', 2)], 2],
    ['all failed for different reasons', [outcome('failed', 2), outcome('failed', 5)], 4],
    ['one failed, one gated', [outcome('failed', 5), outcome('gated', 3)], 4],
  ];
  for (const [title, outcomes, code] of table) {
    it(`is ${code} when ${title}`, () => assert.equal(exitOfOutcomes(outcomes, null).code, code));
  }

  it('is what stopped the run, whatever was published before', () => {
    const stopped = { reason: 'interrupted', message: 'm', hint: null, exitCode: 143 } as const;
    assert.deepEqual(exitOfOutcomes([outcome('published')], stopped), { code: 143, reason: 'interrupted' });
  });

  it('counts gated partitions as failed', () => {
    assert.deepEqual(partitionsOf([outcome('gated', 3), outcome('skipped'), outcome('published')]), {
      planned: 3,
      published: 1,
      failed: 1,
      skipped: 1,
    });
  });
});
