import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from 'onnxruntime-node';
import type { Feeds, TensorData } from '../../src/chunk/tensor.js';
import { InvalidError } from '../../src/errors.js';
import { createScorer, openScorer } from '../../src/model/open-scorer.js';
import type { ModelSession } from '../../src/model/runtime-session.js';
import type { ScorerPlan } from '../../src/model/scorer.js';
import fc from '../seeded.js';
import { caseOf, tensor } from './cases.js';

interface Counted extends ModelSession {
  readonly runs: number[];
}

interface FakeTensor {
  readonly type: string;
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A model that doubles its input, and fails on every batch that holds one of `bad`. */
function doubling(
  bad: ReadonlySet<number>,
  shape: (rows: number) => number[] = (rows) => [rows, 1],
): Counted {
  const runs: number[] = [];
  return {
    runs,
    inputNames: ['x'],
    outputNames: ['y'],
    tensor: (type, data, dims) => ({ type, data, dims }) as unknown as Tensor,
    async run(feeds, fetches) {
      const { data } = feeds['x'] as unknown as FakeTensor;
      runs.push(data.length);
      for (const value of data) if (bad.has(value)) throw new Error(`row ${value} is bad`);
      const target = fetches['y'] as unknown as FakeTensor | null;
      const answer = target?.data ?? new Float32Array(data.length);
      for (let i = 0; i < data.length; i++) answer[i] = data[i]! * 2;
      const fetched = target ?? { type: 'float32', data: answer, dims: shape(data.length) };
      return { y: fetched } as unknown as Record<string, Tensor>;
    },
    async release() {},
  };
}

const plan: ScorerPlan = {
  path: 'fake',
  sha256: null,
  rewrites: [],
  threads: 1,
  outputs: [{ name: 'y', type: 'float32' }],
  batchRows: 64,
  withholdsMessages: false,
  fixedRows: null,
  constants: [],
};

function count(from: number, to: number): Feeds {
  const data = Float32Array.from({ length: to - from }, (_, i) => from + i);
  return { x: { type: 'float32', dims: [to - from, 1], data } };
}

test('finds exactly the rows that break the model, and scores all others', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 299 }), { maxLength: 30 }),
      fc.constantFrom(1, 7, 64, 1000),
      fc.constantFrom(null, 1, 16),
      async (bad, batchRows, fixedRows) => {
        const session = doubling(new Set(bad));
        const scorer = createScorer(session, { ...plan, batchRows, fixedRows });
        const { fetches, failed } = await scorer.score(count, 300);
        assert.deepEqual(
          failed.map(({ row }) => row),
          [...bad].sort((a, b) => a - b),
        );
        for (const { row, message } of failed) assert.equal(message, `row ${row} is bad`);
        const { data, dims } = fetches['y']!;
        assert.deepEqual(dims, [300, 1]);
        for (let row = 0; row < 300; row++) {
          assert.equal(data[row], bad.includes(row) ? Number.NaN : row * 2);
        }
        const size = fixedRows ?? batchRows;
        const batches = Math.ceil(300 / size);
        // Two tries of each half, allocated and written, down to single rows, and one of the whole model.
        const most = 2 * batches + bad.length * (4 * Math.ceil(Math.log2(Math.max(2, size))) + 4) + 40;
        assert.ok(session.runs.length <= most, `${session.runs.length} runs`);
        if (fixedRows !== null) assert.deepEqual(new Set(session.runs), new Set([fixedRows]));
      },
    ),
    { numRuns: 60 },
  );
});

test('gives up on a model that fails on every row after a few rows', async () => {
  const session = doubling(new Set(Array.from({ length: 100_000 }, (_, i) => i)));
  const scorer = createScorer(session, { ...plan, batchRows: 2048 });
  await assert.rejects(scorer.score(count, 100_000, true), (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.equal(error.reason, 'model-fails');
    assert.match(error.message, /^the model fails on every row: row \d+ is bad$/);
    return true;
  });
  assert.ok(session.runs.length < 80, `${session.runs.length} runs`);
});

test('looks for every row that fails where it is told to, and where any row from all over the chunk succeeds', async () => {
  const all = Array.from({ length: 3000 }, (_, i) => i);
  const patient = await createScorer(doubling(new Set(all)), plan).score(count, 3000);
  assert.equal(patient.failed.length, 3000);
  const most = new Set(all.filter((row) => row !== Math.floor((7 * 3000) / 32)));
  const wary = await createScorer(doubling(most), plan).score(count, 3000, true);
  assert.equal(wary.failed.length, 2999);
});

test('rejects the only rows of a chunk rather than giving up on the model', async () => {
  const scorer = createScorer(doubling(new Set([0, 1])), plan);
  const { fetches, failed } = await scorer.score(count, 2);
  assert.equal(failed.length, 2);
  assert.equal(fetches['y']!.dims[0], 2);
});

test('refuses an output that has not one row per row fed, by name', async () => {
  const scorer = createScorer(
    doubling(new Set(), () => [1]),
    plan,
  );
  await assert.rejects(scorer.score(count, 5), /the output "y" has the shape \[1\] where 5 rows were fed/);
});

test('keeps answers of a chunk apart from those of the next', async () => {
  const scorer = createScorer(doubling(new Set()), plan);
  const first = Array.from((await scorer.score(count, 200)).fetches['y']!.data as Float32Array);
  const second = (await scorer.score((from, to) => count(from + 1000, to + 1000), 90)).fetches['y']!;
  assert.deepEqual(
    first,
    Array.from({ length: 200 }, (_, row) => row * 2),
  );
  assert.deepEqual(
    Array.from(second.data as Float32Array),
    Array.from({ length: 90 }, (_, row) => 2000 + row * 2),
  );
});

async function open(name: string, outputs: ScorerPlan['outputs'], batchRows = 8) {
  return openScorer({ ...plan, path: caseOf(name).path, outputs, batchRows });
}

test('an id outside its table breaks its own row only', async () => {
  const one = caseOf('mlp-embeddings');
  const scorer = await open('mlp-embeddings', [{ name: 'score', type: 'float32' }]);
  try {
    const given = Object.fromEntries(
      Object.entries(one.inputs!).map(([name, value]) => [name, tensor(value)]),
    );
    const ids = (given['carrier_id']!.data as BigInt64Array).slice();
    ids[3] = 1_000_000n;
    ids[17] = 1_000_000n;
    const { fetches, failed } = await scorer.score(
      slicing({ ...given, carrier_id: { ...given['carrier_id']!, data: ids } }),
      40,
    );
    assert.deepEqual(
      failed.map(({ row }) => row),
      [3, 17],
    );
    assert.match(failed[0]!.message, /out of (data )?bounds|out of range/i);
    const expected = tensor(one.outputs!['score']!).data as Float32Array;
    const scores = fetches['score']!.data as Float32Array;
    for (let row = 0; row < 40; row++) {
      if (row === 3 || row === 17) assert.ok(Number.isNaN(scores[row]));
      else assert.ok(Math.abs(scores[row]! - expected[row]!) < 1e-6, `row ${row}`);
    }
  } finally {
    await scorer.close();
  }
});

test('a model file that changed since the plan is refused', async () => {
  const changed = { ...plan, path: caseOf('mlp').path, sha256: '0'.repeat(64) };
  await assert.rejects(openScorer(changed), { reason: 'model-changed' });
});

/** Batches of whole tensors, as views. */
function slicing(given: Readonly<Record<string, TensorData>>): (from: number, to: number) => Feeds {
  return (from, to) =>
    Object.fromEntries(
      Object.entries(given).map(([name, { type, dims, data }]) => {
        const width = data.length / dims[0]!;
        const part = (data as Float32Array).subarray(from * width, to * width);
        return [name, { type, dims: [to - from, ...dims.slice(1)], data: part }];
      }),
    );
}
