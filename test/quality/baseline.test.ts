import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import {
  type BaselineOrigin,
  baselineSketch,
  buildBaseline,
  parseBaseline,
  writeBaseline,
} from '../../src/quality/baseline.js';
import { quantile, relativeError } from '../../src/quality/sketch.js';
import { baselineCategories, baselineFill, suggestContract } from '../../src/quality/suggestion.js';
import {
  numbersColumn,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

const origin: BaselineOrigin = {
  job: 'flight-delay',
  createdAt: '2026-01-01T00:00:00Z',
  inputs: ['train.parquet'],
  modelSha256: null,
  redact: ['salary', 'name'],
  keys: ['id'],
};

const normal = seededNormal(seededRandom(2));
const delays = Array.from({ length: 5000 }, (_, i) => (i % 40 === 0 ? null : Math.round(10 * normal())));
const carriers = delays.map((_, i) => (i % 100 === 0 ? null : (['UA', 'AA', 'DL'][i % 3] as string)));
const rare = delays.map((_, i) => (i < 4 ? `rare-${i}` : 'usual'));
const salaries = delays.map((_, i) => 30_000 + i);
const quality = qualityOf(
  [
    profileOf(numbersColumn(delays), { name: 'delay' }),
    profileOf(textsColumn(carriers), { name: 'carrier' }),
    profileOf(textsColumn(rare), { name: 'rare' }),
    profileOf(numbersColumn(salaries), { name: 'salary', redact: true }),
    profileOf(textsColumn(delays.map((_, i) => `Person ${i % 7}`)), { name: 'name', redact: true }),
    profileOf(numbersColumn(delays.map((_, i) => i)), { name: 'id' }),
  ],
  [profileOf(numbersColumn(delays.map(() => normal())), { name: 'score' })],
);
const baseline = buildBaseline(quality, origin);
const column = (name: string) => baseline.columns.find((entry) => entry.name === name)!;

test('a baseline is what was written', () => {
  assert.deepEqual(parseBaseline(writeBaseline(baseline), 'b.json'), baseline);
});

test('a baseline of twenty columns is small', () => {
  const wide = qualityOf(
    Array.from({ length: 20 }, (_, i) =>
      profileOf(numbersColumn(delays.map(() => normal())), { name: `c${i}` }),
    ),
  );
  const bytes = writeBaseline(buildBaseline(wide, origin)).length;
  assert.ok(bytes < 150_000, String(bytes));
});

test('keys are left out', () => {
  assert.deepEqual(
    baseline.columns.map(({ name }) => name),
    ['delay', 'carrier', 'rare', 'salary', 'name'],
  );
});

test('no value of a redacted column stands in it, and no bin tells of a single row', () => {
  const written = writeBaseline(baseline);
  assert.ok(!written.includes('Person'));
  const { numbers, values } = column('salary');
  assert.deepEqual([numbers!.min, numbers!.max, values], [null, null, null]);
  assert.ok(numbers!.precision <= 3);
  assert.ok(numbers!.counts.every((count) => count >= baseline.minCount));
  assert.equal(
    numbers!.counts.reduce((sum, count) => sum + count, 0),
    salaries.length,
  );
});

test('texts that occurred too seldom are counted but not named', () => {
  assert.deepEqual(column('rare').values, { listed: [['usual', 4996]], other: 4, atMost: 1 });
  assert.ok(!writeBaseline(baseline).includes('rare-'));
});

test('the kept bins give the same quantiles to within their error', () => {
  const { numbers } = column('delay');
  const sketch = baselineSketch(numbers!);
  const sorted = delays.filter((value) => value !== null).sort((a, b) => a - b);
  for (const q of [0.05, 0.5, 0.95]) {
    const exact = sorted[Math.floor(q * (sorted.length - 1))]!;
    assert.ok(Math.abs(quantile(sketch, q, true)! - exact) <= relativeError(sketch) * Math.abs(exact));
  }
});

test('fills come from the baseline', () => {
  assert.equal(baselineFill(column('delay'), 'median'), 0);
  assert.ok(Math.abs((baselineFill(column('delay'), 'mean') as number) - 0) < 0.5);
  const mode = baselineFill(column('delay'), 'mode') as number;
  assert.ok(Number.isInteger(mode) && Math.abs(mode) < 6, String(mode));
  assert.equal(baselineFill(column('carrier'), 'mode'), 'AA');
  assert.equal(baselineFill(column('carrier'), 'mean'), null);
});

test('categories come from the baseline where it knows them all', () => {
  assert.deepEqual([...baselineCategories(column('carrier'), 10)!].sort(), ['AA', 'DL', 'UA']);
  assert.deepEqual(baselineCategories(column('rare'), 10), ['usual']);
  const many = delays.map((_, i) => `v${i % 400}`);
  const wide = buildBaseline(qualityOf([profileOf(textsColumn(many), { name: 'many' })]), origin);
  assert.equal(baselineCategories(wide.columns[0]!, 10), null);
});

test('suggests ranges, categories and fills', () => {
  const suggestions = Object.fromEntries(suggestContract(baseline).map((entry) => [entry.column, entry]));
  const [low, high] = suggestions['delay']!.range!;
  const present = delays.filter((value) => value !== null);
  assert.ok(low <= Math.min(...present) && low >= Math.min(...present) * 1.2, String(low));
  assert.ok(high >= Math.max(...present) && high <= Math.max(...present) * 1.2, String(high));
  assert.equal(suggestions['delay']!.fill, 0);
  assert.deepEqual([...suggestions['carrier']!.categories!].sort(), ['AA', 'DL', 'UA']);
  assert.equal(suggestions['carrier']!.fill, 'AA');
  assert.equal(suggestions['salary'], undefined);
});

test('a far value does not stretch the suggested range', () => {
  const values = [...Array.from({ length: 999 }, (_, i) => i % 100), 1e9];
  const far = buildBaseline(qualityOf([profileOf(numbersColumn(values), { name: 'x' })]), origin);
  const [, high] = suggestContract(far)[0]!.range!;
  assert.ok(high >= 99 && high < 2000, String(high));
});

for (const [what, text] of Object.entries({
  'is not JSON': 'x{',
  'is nested more than 100 deep': '['.repeat(1_000_000),
  'is another file': '{"kind":"nightshift-summary"}',
  'is of a later version': '{"kind":"nightshift-baseline","version":2}',
  'has broken columns': '{"kind":"nightshift-baseline","version":1,"columns":[{"name":3}],"outputs":[]}',
  'is a list': '[1]',
})) {
  test(`refuses a baseline that ${what}, by name`, () => {
    assert.throws(
      () => parseBaseline(text, 'base.json'),
      (error) => error instanceof InvalidError && /base\.json/.test(error.message) && error.hint !== null,
    );
  });
}
