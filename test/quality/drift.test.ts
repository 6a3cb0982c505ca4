import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { type Baseline, buildBaseline, parseBaseline, writeBaseline } from '../../src/quality/baseline.js';
import { type ColumnDrift, measureDrift } from '../../src/quality/drift.js';
import { populationStability } from '../../src/quality/drift-measures.js';
import type { SliceQuality } from '../../src/quality/slice-quality.js';
import {
  numbersColumn,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';

interface Rows {
  readonly delay: (number | null)[];
  readonly distance: (number | null)[];
  readonly temperature: (number | null)[];
  readonly humidity: (number | null)[];
  readonly carrier: (string | null)[];
  readonly airport: (string | null)[];
  readonly score: number[];
}

const carriers = [
  'UA',
  'B6',
  'EV',
  'DL',
  'AA',
  'MQ',
  'US',
  '9E',
  'WN',
  'VX',
  'FL',
  'AS',
  'F9',
  'YV',
  'HA',
  'OO',
];
const carrierWeights = [18, 17, 16, 15, 10, 8, 6, 5.5, 3.7, 1.6, 1, 0.2, 0.2, 0.18, 0.1, 0.01];
const origins = ['EWR', 'JFK', 'LGA'];

function makeRows(count: number, seed: number): Rows {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const total = carrierWeights.reduce((sum, weight) => sum + weight, 0);
  const pick = () => {
    let left = random() * total;
    return carriers.find((_, i) => (left -= carrierWeights[i]!) < 0) ?? 'OO';
  };
  const rows: Rows = {
    delay: [],
    distance: [],
    temperature: [],
    humidity: [],
    carrier: [],
    airport: [],
    score: [],
  };
  for (let i = 0; i < count; i++) {
    rows.delay.push(
      random() < 0.025 ? null : Math.round(random() < 0.3 ? Math.exp(2 + 1.3 * normal()) : -3 + 5 * normal()),
    );
    rows.distance.push(Math.floor(100 + 2400 * random() ** 2));
    rows.temperature.push(288 + 2 * normal());
    rows.humidity.push(random() < 0.05 ? null : normal());
    rows.carrier.push(pick());
    rows.airport.push(random() < 0.01 ? null : origins[Math.floor(random() * 3)]!);
    rows.score.push(1 / (1 + Math.exp(1 - normal())));
  }
  return rows;
}

function profileRows(rows: Rows): SliceQuality {
  const numbers = (name: 'delay' | 'distance' | 'temperature' | 'humidity') =>
    profileOf(numbersColumn(rows[name]), { name });
  return qualityOf(
    [
      numbers('delay'),
      numbers('distance'),
      numbers('temperature'),
      numbers('humidity'),
      profileOf(textsColumn(rows.carrier, carriers), { name: 'carrier', categories: carriers.length }),
      profileOf(textsColumn(rows.airport), { name: 'airport' }),
    ],
    [profileOf(numbersColumn(rows.score), { name: 'score' })],
  );
}

const training = makeRows(40_000, 1);
const origin = {
  job: 'j',
  createdAt: '2026-01-01T00:00:00Z',
  inputs: [],
  modelSha256: null,
  redact: [],
  keys: [],
};
const baseline: Baseline = parseBaseline(
  writeBaseline(buildBaseline(profileRows(training), origin)),
  'baseline.json',
);

function resample(count: number, seed: number): Rows {
  const random = seededRandom(seed);
  const picks = Array.from({ length: count }, () => Math.floor(random() * training.score.length));
  const take = <T>(column: readonly T[]): T[] => picks.map((pick) => column[pick]!);
  return {
    delay: take(training.delay),
    distance: take(training.distance),
    temperature: take(training.temperature),
    humidity: take(training.humidity),
    carrier: take(training.carrier),
    airport: take(training.airport),
    score: take(training.score),
  };
}

function drifted(rows: Rows): ColumnDrift[] {
  return measureDrift(profileRows(rows), baseline).filter(({ level }) => level !== 'none');
}

test('no unchanged resample raises an alarm', () => {
  const alarms: string[] = [];
  const rounds = full ? 1000 : 50;
  for (const count of [100, 900, 5000]) {
    for (let seed = 0; seed < (count === 5000 ? rounds / 5 : rounds); seed++) {
      for (const { sentence } of drifted(resample(count, 1000 + seed)))
        alarms.push(`${count} rows: ${sentence}`);
    }
  }
  assert.deepEqual(alarms, []);
});

test('no fresh rows of the same kind raise an alarm', () => {
  const alarms: string[] = [];
  for (let seed = 0; seed < (full ? 1000 : 20); seed++) {
    for (const { sentence } of drifted(makeRows(900, 5000 + seed))) alarms.push(sentence);
  }
  assert.deepEqual(alarms, []);
});

const injections: Record<string, { column: string; measure: string[]; change(rows: Rows): Rows }> = {
  'a mean shifted by half a standard deviation': {
    column: 'temperature',
    measure: ['mean', 'psi', 'ks', 'js'],
    change: (rows) => ({ ...rows, temperature: rows.temperature.map((value) => value! + 1) }),
  },
  'a score shifted by half a standard deviation': {
    column: 'score',
    measure: ['mean', 'psi', 'ks', 'js'],
    change: (rows) => ({ ...rows, score: rows.score.map((value) => value + 0.09) }),
  },
  'twice as many missing values': {
    column: 'humidity',
    measure: ['null_rate'],
    change: (rows) => ({
      ...rows,
      humidity: rows.humidity.map((value, row) => (row % 19 === 0 ? null : value)),
    }),
  },
  'a new category at two percent': {
    column: 'airport',
    measure: ['new_values'],
    change: (rows) => ({
      ...rows,
      airport: rows.airport.map((value, row) => (row % 50 === 0 ? 'SWF' : value)),
    }),
  },
  'an unknown category at two percent': {
    column: 'carrier',
    measure: ['new_values', 'unknown_rate'],
    change: (rows) => ({
      ...rows,
      carrier: rows.carrier.map((value, row) => (row % 50 === 0 ? 'ZZ' : value)),
    }),
  },
  'a column gone constant': {
    column: 'distance',
    measure: ['disappeared'],
    change: (rows) => ({ ...rows, distance: rows.distance.map(() => 500) }),
  },
  'a text column gone constant': {
    column: 'airport',
    measure: ['disappeared'],
    change: (rows) => ({ ...rows, airport: rows.airport.map(() => 'JFK') }),
  },
  'a column without values': {
    column: 'delay',
    measure: ['disappeared'],
    change: (rows) => ({ ...rows, delay: rows.delay.map(() => null) }),
  },
};

for (const [what, { column, measure, change }] of Object.entries(injections)) {
  test(`${what} is found and ranked first`, () => {
    for (const count of [900, 5000]) {
      const found = drifted(change(resample(count, 77)));
      assert.equal(found[0]?.column, column, JSON.stringify(found.map(({ sentence }) => sentence)));
      assert.equal(found.length, 1, JSON.stringify(found.map(({ sentence }) => sentence)));
      assert.ok(
        found[0].figures.some((figure) => figure.level !== 'none' && measure.includes(figure.measure)),
        JSON.stringify(found[0].figures),
      );
    }
  });
}

/** How many values are below the first edge, between each two, and from the last on. */
function countRaw(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) counts[edges.filter((edge) => value >= edge).length]!++;
  return counts;
}

test('PSI of a continuous column is within 1 % of the PSI over the exact tenths of the raw data', () => {
  for (const shift of [0.5, 1, 2]) {
    const rows = makeRows(40_000, 99);
    const now = rows.temperature.map((value) => value! + shift);
    const sorted = (training.temperature as number[]).toSorted((a, b) => a - b);
    const edges = Array.from({ length: 9 }, (_, i) => sorted[((i + 1) * sorted.length) / 10]!);
    const reference = populationStability({
      edges,
      labels: null,
      before: countRaw(sorted, edges),
      now: countRaw(now, edges),
    });
    const found = measureDrift(profileRows({ ...rows, temperature: now }), baseline);
    const drift = found.find((one) => one.column === 'temperature')!;
    const psi = drift.figures.find(({ measure }) => measure === 'psi')!.figure;
    assert.ok(Math.abs(psi - reference) <= 0.01 * reference, `${psi} for ${reference}`);
  }
});

describe('numbers that the baseline does not have', () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 100 + 11 * i);
  const drawn = (count: number, seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => lengths[Math.floor(random() * lengths.length)]!);
  };
  const levelOf = (before: readonly number[], now: readonly number[]) => {
    const of = (values: readonly number[]) =>
      qualityOf([profileOf(numbersColumn(values), { name: 'length' })]);
    const known = parseBaseline(writeBaseline(buildBaseline(of(before), origin)), 'b.json');
    const figure = measureDrift(of(now), known)[0]!.figures.find(({ measure }) => measure === 'new_values');
    return figure?.level ?? null;
  };
  const inOtherUnit = (values: readonly number[], every: number) =>
    values.map((value, row) => (row % every === 0 ? Math.round(value * 1.609) : value));

  it('are severe in a quarter of the rows and moderate in a tenth, of a column whose values it has all', () => {
    const before = drawn(40_000, 1);
    assert.equal(levelOf(before, drawn(2000, 2)), 'none');
    assert.equal(levelOf(before, inOtherUnit(drawn(2000, 2), 2)), 'severe');
    assert.equal(levelOf(before, inOtherUnit(drawn(2000, 2), 6)), 'moderate');
  });

  it('say nothing where many of its values occurred once, or where its bins hold several values', () => {
    const random = seededRandom(3);
    const sparse = () => Array.from({ length: 900 }, () => Math.floor(1000 * random()));
    assert.equal(levelOf([...drawn(2000, 1), ...sparse()], sparse()), null);
    const dense = () => Array.from({ length: 20_000 }, () => random());
    assert.equal(levelOf(dense(), dense()), null);
  });
});
