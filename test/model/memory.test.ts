import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScorer } from '../../src/model/open-scorer.js';
import { caseOf, tensor } from './cases.js';

// The only test of its file, so it has its own process: memory left by other tests would be counted.
test('memory stays where it is over many batches', async () => {
  const one = caseOf('mlp');
  const scorer = await openScorer({
    path: one.path,
    sha256: null,
    rewrites: [],
    threads: 1,
    outputs: [{ name: 'score', type: 'float32' }],
    batchRows: 256,
    fixedRows: null,
    constants: [],
    withholdsMessages: false,
  });
  try {
    const rows = 16_384;
    const given = tensor(one.inputs!['numbers']!).data as Float32Array;
    const data = Float32Array.from({ length: rows * 8 }, (_, i) => given[i % given.length]!);
    const batches = process.env['NIGHTSHIFT_FULL'] === '1' ? 10_000 : 2_000;
    const warmUp = 2_000;
    let warm = 0;
    for (let done = 0; done < warmUp + batches; done += rows / 256) {
      // Chunks of several lengths: the last batch of each has a different shape.
      const feeds = (from: number, to: number) => ({
        numbers: { type: 'float32' as const, dims: [to - from, 8], data: data.subarray(from * 8, to * 8) },
      });
      await scorer.score(feeds, rows - (done % 7));
      if (done < warmUp) warm = process.memoryUsage.rss();
    }
    const grown = process.memoryUsage.rss() - warm;
    assert.ok(grown < warm * 0.05, `${(grown / 1e6).toFixed(1)} MB more than ${(warm / 1e6).toFixed(0)} MB`);
  } finally {
    await scorer.close();
  }
});
