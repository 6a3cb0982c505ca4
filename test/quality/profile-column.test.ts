import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Column } from '../../src/chunk/column.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import { type ColumnProfile, isConstant, mergeProfiles } from '../../src/quality/column-profile.js';
import { distinctError, estimateDistinct } from '../../src/quality/distinct.js';
import { mean, standardDeviation } from '../../src/quality/number-profile.js';
import { createProfiler } from '../../src/quality/profile-column.js';
import { quantile, relativeError } from '../../src/quality/sketch.js';
import { mostFrequent } from '../../src/quality/top-values.js';
import fc from '../seeded.js';
import { numbersColumn, profileOf, textsColumn } from './made-columns.js';

const rows = 60_000;
const sliceRows = 7001;

let connection: DuckDBConnection;
let values: Readonly<Record<string, readonly unknown[]>>;

before(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run('SELECT setseed(0.42)');
  await connection.run(`CREATE TABLE t AS SELECT
    i AS row,
    CASE WHEN random() < 0.03 THEN NULL ELSE round(exp(random() * 7) - 40)::INTEGER END AS delay,
    CASE WHEN random() < 0.01 THEN NULL ELSE (random() + random() + random() - 1.5) * 1e3 END AS spread,
    (288 + (random() + random() - 1) * 4)::FLOAT AS kelvin,
    exp((random() - 0.5) * 60) AS wild,
    9007199254740993 + i * 3 AS id,
    CASE WHEN random() < 0.1 THEN NULL ELSE random() < 0.3 END AS late,
    CASE WHEN random() < 0.02 THEN NULL ELSE 'c' || floor(random() * random() * 30)::INTEGER END AS carrier,
    CASE WHEN random() < 0.05 THEN NULL ELSE 'N' || floor(random() * 20000)::INTEGER || 'é' END AS tail,
    DATE '2013-01-01' + (random() * 364)::INTEGER AS day,
    TIMESTAMP '2013-01-01 00:00:00.000001' + INTERVAL (floor(random() * 31536000)::BIGINT) SECOND AS at
    FROM range(${rows}) r(i)`);
  const reader = await connection.runAndReadAll('SELECT * FROM t ORDER BY row');
  values = reader.getColumnsObject();
});

after(() => connection.closeSync());

async function answer(sql: string): Promise<readonly unknown[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows()[0]!;
}

/** The column's profile, made slice by slice and merged. */
function profileSlices(name: string, slice: (from: number, to: number) => Column): ColumnProfile {
  const type = slice(0, 1).type;
  const profiler = createProfiler([{ name, type, categories: null, redact: false }]);
  const parts: ColumnProfile[] = [];
  for (let from = 0; from < rows; from += sliceRows) {
    parts.push(profiler.profile(name, slice(from, Math.min(rows, from + sliceRows))));
  }
  return parts.reduce(mergeProfiles);
}

function nullableNumbers(name: string): (from: number, to: number) => Column {
  return (from, to) => numbersColumn(values[name]!.slice(from, to) as (number | null)[]);
}

function validityOf(list: readonly unknown[]): Uint8Array {
  const validity = allPresent(list.length);
  list.forEach((value, row) => {
    if (value === null) markMissing(validity, row);
  });
  return validity;
}

function integers(name: string): (from: number, to: number) => Column {
  return (from, to) => {
    const list = values[name]!.slice(from, to) as (number | null)[];
    const numbers = Int32Array.from(list, (value) => value ?? 0);
    return { type: 'int32', length: list.length, values: numbers, validity: validityOf(list) };
  };
}

const numeric: Record<string, (from: number, to: number) => Column> = {
  delay: (from, to) => integers('delay')(from, to),
  spread: (from, to) => nullableNumbers('spread')(from, to),
  wild: (from, to) => nullableNumbers('wild')(from, to),
  kelvin: (from, to) => ({
    type: 'float32',
    length: to - from,
    values: Float32Array.from(values['kelvin']!.slice(from, to) as number[]),
    validity: null,
  }),
};

for (const name of ['delay', 'spread', 'kelvin', 'wild']) {
  test(`counts, extremes, mean and deviation of ${name} equal DuckDB's`, async () => {
    const profile = profileSlices(name, numeric[name]!);
    const [count, missing, min, max, average, deviation, distinct] = await answer(
      `SELECT count(${name}), count(*) - count(${name}), min(${name}), max(${name}),
        avg(${name}::DOUBLE), stddev_samp(${name}::DOUBLE), count(DISTINCT ${name}) FROM t`,
    );
    assert.equal(profile.rows, rows);
    assert.equal(BigInt(profile.numbers!.count), count);
    assert.equal(BigInt(profile.missing), missing);
    assert.equal(profile.numbers!.min, min);
    assert.equal(profile.numbers!.max, max);
    near(mean(profile.numbers!)!, Number(average), 1e-13);
    near(standardDeviation(profile.numbers!)!, Number(deviation), 1e-9);
    near(estimateDistinct(profile.distinct), Number(distinct), 4 * distinctError);
  });

  test(`quantiles of ${name} are within the stated error`, async () => {
    const { sketch, whole } = profileSlices(name, numeric[name]!).numbers!;
    for (const q of [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1]) {
      const [exact] = await answer(
        `SELECT list_sort(list(${name}::DOUBLE))[floor(${q} * (count(${name}) - 1))::BIGINT + 1] FROM t WHERE ${name} IS NOT NULL`,
      );
      const found = quantile(sketch, q, whole)!;
      const error = Math.abs(found - Number(exact));
      assert.ok(
        error <= relativeError(sketch) * Math.abs(Number(exact)) + 1e-300,
        `quantile ${q}: ${found} for ${exact}, precision ${sketch.precision}`,
      );
    }
  });
}

test('quantiles of few different whole numbers are exact', async () => {
  const { sketch, whole } = profileSlices('delay', numeric['delay']!).numbers!;
  for (const q of [0.1, 0.5, 0.9, 0.99]) {
    const [exact] = await answer(
      `SELECT list_sort(list(delay))[floor(${q} * (count(delay) - 1))::BIGINT + 1] FROM t WHERE delay IS NOT NULL`,
    );
    assert.equal(quantile(sketch, q, whole), exact);
  }
});

test('whole numbers beyond 2^53 keep their exact extremes', async () => {
  const profile = profileSlices('id', (from, to) => ({
    type: 'int64',
    length: to - from,
    values: BigInt64Array.from(values['id']!.slice(from, to) as bigint[]),
    validity: null,
  }));
  const [min, max] = await answer('SELECT min(id), max(id) FROM t');
  assert.deepEqual(profile.exact, { min: String(min), max: String(max) });
  assert.equal(isConstant(profile), false);
});

test('timestamps and dates keep their span', async () => {
  const at = profileSlices('at', (from, to) => ({
    type: 'timestamp',
    length: to - from,
    values: BigInt64Array.from(values['at']!.slice(from, to) as { micros: bigint }[], ({ micros }) => micros),
    validity: null,
  }));
  const day = profileSlices('day', (from, to) => ({
    type: 'date',
    length: to - from,
    values: Int32Array.from(values['day']!.slice(from, to) as { days: number }[], ({ days }) => days),
    validity: null,
  }));
  const [first, last, firstDay, lastDay] = await answer(
    `SELECT epoch_us(min(t.at)), epoch_us(max(t.at)), date_diff('day', DATE '1970-01-01', min(day)), date_diff('day', DATE '1970-01-01', max(day)) FROM t`,
  );
  assert.deepEqual([at.numbers!.min, at.numbers!.max], [Number(first), Number(last)]);
  assert.deepEqual([day.numbers!.min, day.numbers!.max], [Number(firstDay), Number(lastDay)]);
});

test('booleans and categories are counted as DuckDB counts them', async () => {
  const late = profileSlices('late', (from, to) => {
    const list = values['late']!.slice(from, to) as (boolean | null)[];
    const bytes = Uint8Array.from(list, (value) => (value === true ? 1 : 0));
    return { type: 'boolean', length: list.length, values: bytes, validity: validityOf(list) };
  });
  const [trues, missing] = await answer('SELECT count(*) FILTER (late), count(*) - count(late) FROM t');
  assert.deepEqual([BigInt(late.trues!), BigInt(late.missing)], [trues, missing]);

  const carrier = profileSlices('carrier', (from, to) =>
    textsColumn(values['carrier']!.slice(from, to) as (string | null)[]),
  );
  const reader = await connection.runAndReadAll(
    'SELECT carrier, count(*) FROM t WHERE carrier IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1',
  );
  const expected = reader.getRows().map(([value, count]) => ({ value, count: Number(count) }));
  assert.deepEqual(mostFrequent(carrier.values!, 1000), expected);
  const [shortest, longest, sum] = await answer(
    'SELECT min(length(carrier)), max(length(carrier)), sum(length(carrier)) FROM t',
  );
  const { lengths } = carrier;
  assert.deepEqual(
    [lengths!.min, lengths!.max, lengths!.sum],
    [Number(shortest), Number(longest), Number(sum)],
  );
});

test('text that is carried through has lengths in code points and an estimate of its distinct values', async () => {
  const tail = profileSlices('tail', (from, to) => {
    const list = values['tail']!.slice(from, to) as (string | null)[];
    const pieces = list.map((value) => Buffer.from(value ?? ''));
    const offsets = new Int32Array(list.length + 1);
    pieces.forEach((piece, row) => {
      offsets[row + 1] = offsets[row]! + piece.length;
    });
    return {
      type: 'string',
      layout: 'text',
      length: list.length,
      offsets,
      bytes: Buffer.concat(pieces),
      validity: validityOf(list),
    };
  });
  const [shortest, longest, sum, distinct, missing] = await answer(
    'SELECT min(length(tail)), max(length(tail)), sum(length(tail)), count(DISTINCT tail), count(*) - count(tail) FROM t',
  );
  const { lengths } = tail;
  assert.deepEqual(
    [lengths!.min, lengths!.max, lengths!.sum, tail.missing],
    [shortest, longest, sum, missing].map(Number),
  );
  near(estimateDistinct(tail.distinct), Number(distinct), 4 * distinctError);
});

test('a slice has the same profile whatever slices came before it', () => {
  const whole = (name: string, type: 'float64', column: Column, warm: readonly Column[]) => {
    const profiler = createProfiler([{ name, type, categories: null, redact: false }]);
    for (const other of warm) profiler.profile(name, other);
    return profiler.profile(name, column);
  };
  const column = numbersColumn(values['spread']!.slice(0, 5000) as (number | null)[]);
  const coarse = numbersColumn(values['wild']!.slice(0, 9000) as (number | null)[]);
  const fine = numbersColumn([1, 2, 3]);
  const cold = whole('x', 'float64', column, []);
  for (const warm of [[coarse], [fine], [coarse, fine], [fine, coarse, coarse]]) {
    assert.ok(isDeepStrictEqual(whole('x', 'float64', column, warm), cold));
  }
});

test('a column has the same profile whatever column was counted before it', () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => i);
  const columns = {
    wide: numbersColumn(rows.map((i) => Math.sin(i) * 1e3)),
    coarse: numbersColumn(rows.map((i) => Math.exp((i % 4_000) / 9))),
    whole: numbersColumn(rows.map((i) => i % 7)),
    few: numbersColumn(rows.map((i) => (i % 900) / 8)),
    long: numbersColumn(rows.map((i) => 1 + (i % 300) / 2 ** 40)),
    text: textsColumn(rows.map((i) => `t${i % 5}`)),
  };
  const names = Object.keys(columns) as (keyof typeof columns)[];
  const fields = names.map((name) => ({ name, type: columns[name].type, categories: null, redact: false }));
  for (const before of names)
    for (const name of names) {
      const profiler = createProfiler(fields);
      profiler.profile(before, columns[before]);
      assert.deepEqual(profiler.profile(name, columns[name]), profileOf(columns[name], { name }));
    }
});

test('NaN that is not missing and infinities are counted apart', () => {
  const validity = allPresent(6);
  markMissing(validity, 1);
  const numbers = profileOf({
    type: 'float32',
    length: 6,
    values: Float32Array.of(1, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, -0, -2),
    validity,
  });
  assert.equal(numbers.missing, 1);
  const { count, nan, infinite, min, max } = numbers.numbers!;
  assert.deepEqual({ count, nan, infinite, min, max }, { count: 3, nan: 1, infinite: 1, min: -2, max: 1 });
  assert.equal(estimateDistinct(numbers.distinct), 3);
});

test('vectors are profiled by their length and norm', () => {
  const profile = profileOf({
    type: 'list<float32>',
    length: 3,
    offsets: Int32Array.of(0, 2, 2, 4),
    items: Float32Array.of(3, 4, 0, 0),
    validity: Uint8Array.of(0b101),
  });
  assert.deepEqual(profile.lengths, { count: 2, min: 2, max: 2, sum: 4 });
  assert.deepEqual([profile.numbers!.min, profile.numbers!.max, profile.missing], [0, 5, 1]);
});

test('values beyond the categories are unknown, and listed', () => {
  const profile = profileOf(textsColumn(['AA', 'ZZ', 'B6', 'ZZ', null, 'QQ'], ['AA', 'B6']), {
    categories: 2,
  });
  assert.equal(profile.unknown, 3);
  assert.deepEqual(mostFrequent(profile.unknownValues!, 9), [
    { value: 'ZZ', count: 2 },
    { value: 'QQ', count: 1 },
  ]);
});

test('a withheld column leaves no value in its profile', () => {
  const secrets = profileOf(textsColumn(['Ada Lovelace', 'Alan Turing'], ['Ada Lovelace']), {
    redact: true,
    categories: 1,
  });
  assert.ok(!/Ada|Turing/.test(JSON.stringify(secrets)));
  assert.equal(secrets.unknown, 1);
  const salaries = profileOf(numbersColumn([51_237, 48_911, 1_204_377]), { redact: true });
  assert.ok(!/51237|48911|1204377/.test(JSON.stringify(salaries)));
  assert.ok(salaries.numbers!.sketch.precision <= 3);
});

test('a profile is plain JSON', () => {
  for (const profile of [
    profileOf(numbersColumn([])),
    profileOf(numbersColumn([null])),
    profileOf(numbersColumn([-0, 1e308, -5e-324])),
    profileOf(textsColumn(['a', null])),
  ]) {
    assert.equal(isDeepStrictEqual(JSON.parse(JSON.stringify(profile)), profile), true);
  }
});

function near(found: number, expected: number, relative: number): void {
  assert.ok(Math.abs(found - expected) <= relative * Math.abs(expected), `${found} for ${expected}`);
}

test('small whole numbers that are counted each by itself have the profile of numbers that are not', () => {
  const profile = (values: readonly (number | null)[]) =>
    createProfiler([{ name: 'x', type: 'float64', categories: null, redact: false }]).profile(
      'x',
      numbersColumn(values),
    );
  const small = fc.oneof(
    fc.integer({ min: -4096, max: 12_287 }),
    fc.constantFrom(0, -0, -4096, 12_287, null, Number.NaN, Number.POSITIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(small, { minLength: 1, maxLength: 200 }), (values) => {
      // Half a million is too far out to be counted so: all of the second column takes the other way.
      const far = Array.from({ length: 400 }, (_, i) => 500_000.5 + i);
      const merged = mergeProfiles(profile(values), profile(far));
      const together = profile([...far, ...values]);
      const rounded = ({ numbers, ...rest }: ColumnProfile) => ({
        ...rest,
        numbers: { ...numbers!, sum: 0, carry: 0, squares: 0 },
      });
      assert.deepEqual(rounded(merged), rounded(together));
      near(mean(merged.numbers!)!, mean(together.numbers!)!, 1e-13);
      near(standardDeviation(merged.numbers!)!, standardDeviation(together.numbers!)!, 1e-9);
    }),
  );
});
