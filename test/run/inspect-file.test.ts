import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectFile } from '../../src/run/inspect-file.js';

test('shows the problems of a file that has types, with the way out', async () => {
  for (const name of ['rare.pyarrow.parquet', 'rare.pyarrow.arrow']) {
    const { problems, problemCount, isWhole } = await inspectFile(`test/fixtures/${name}`, { csv: {} });
    assert.equal(problemCount, isWhole ? 60 : 25, name);
    const { code, column, row, found, expected, raw } = problems[0]!;
    assert.deepEqual([code, column, row, found], ['overflow', 'uint64', 1, '18446744073709551615']);
    assert.match(expected, /"type: string" keeps larger ones exactly/);
    assert.doesNotThrow(() => JSON.stringify(problems));
    assert.match(raw, /"uint64":18446744073709551615/);
  }
});

test('finds none in a clean one', async () => {
  const { problems, problemCount } = await inspectFile('test/fixtures/types.pyarrow.parquet', { csv: {} });
  assert.deepEqual([problems, problemCount], [[], 0]);
});
