import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import { buildBaseline } from '../../src/quality/baseline.js';
import type { ColumnProfile } from '../../src/quality/column-profile.js';
import { type ColumnDrift, measureDrift } from '../../src/quality/drift.js';
import {
  numbersColumn,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';

/** Rare values in every form in which a table may have them; `rare` is 1 for each row with such a value. */
const forms: Readonly<Record<string, (rare: Uint8Array, random: () => number) => Column>> = {
  'float64 of 0 and 1': (rare) => numbersColumn(Array.from(rare)),
  'float32 of 0 and 1': (rare) => ({
    type: 'float32',
    length: rare.length,
    values: Float32Array.from(rare),
    validity: null,
  }),
  'int32 of 0 and 1': (rare) => ({
    type: 'int32',
    length: rare.length,
    values: Int32Array.from(rare),
    validity: null,
  }),
  'int64 of 0 and 1': (rare) => ({
    type: 'int64',
    length: rare.length,
    values: BigInt64Array.from(rare, BigInt),
    validity: null,
  }),
  boolean: (rare) => ({ type: 'boolean', length: rare.length, values: rare, validity: null }),
  'text labels': (rare) => textsColumn(Array.from(rare, (one) => (one === 1 ? 'fraud' : 'ok'))),
  'mostly 1': (rare) => numbersColumn(Array.from(rare, (one) => 1 - one)),
  'of -1 and 1': (rare) => numbersColumn(Array.from(rare, (one) => 2 * one - 1)),
  'of 0.25 and 0.1': (rare) => numbersColumn(Array.from(rare, (one) => (one === 1 ? 0.1 : 0.25))),
  'a rare class of three': (rare, random) =>
    numbersColumn(Array.from(rare, (one) => (one === 1 ? 2 : random() < 0.3 ? 1 : 0))),
  'a rare label of four': (rare, random) =>
    textsColumn(Array.from(rare, (one) => (one === 1 ? 'd' : 'abc'[Math.floor(3 * random())]!))),
  'mostly 0, else any number': (rare, random) =>
    numbersColumn(Array.from(rare, (one) => (one === 1 ? 5 + 100 * random() : 0))),
  'mostly one text, else one of many': (rare, random) =>
    textsColumn(Array.from(rare, (one) => (one === 1 ? `code ${Math.floor(40 * random())}` : 'none'))),
  'with missing values': (rare, random) =>
    numbersColumn(Array.from(rare, (one) => (random() < 0.3 ? null : one))),
};

interface Made {
  readonly raw: ColumnProfile[];
  readonly outputs: ColumnProfile[];
}

const profilesOfOthers = new Map<string, ColumnProfile[]>();

/** Profiles two columns without rare values, once for all forms: they differ by rows and seed alone. */
function othersOf(rows: number, seed: number): ColumnProfile[] {
  const key = `${rows} ${seed}`;
  const known = profilesOfOthers.get(key);
  if (known !== undefined) return known;
  const normal = seededNormal(seededRandom(seed + 1_000_000));
  const others = ['a', 'b'].map((name) =>
    profileOf(numbersColumn(Array.from({ length: rows }, normal)), { name }),
  );
  profilesOfOthers.set(key, others);
  return others;
}

/** A table in which each form is a feature and a label, with columns about them that never change. */
function made(rows: number, share: number, seed: number, only?: string): Made {
  const random = seededRandom(seed);
  const names = Object.keys(forms).filter((name) => only === undefined || name === only);
  const profile = (name: string) => {
    const rare = Uint8Array.from({ length: rows }, () => (random() < share ? 1 : 0));
    return profileOf(forms[name]!(rare, random), { name });
  };
  return { raw: [...names.map(profile), ...othersOf(rows, seed)], outputs: names.map(profile) };
}

const origin = { job: 'j', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [] };
const training = made(100_000, 0.008, 1);
const baseline = buildBaseline(qualityOf(training.raw, training.outputs), origin);

function driftOf(now: Made): ColumnDrift[] {
  return measureDrift(qualityOf(now.raw, now.outputs), baseline);
}

for (const [rows, rounds] of [
  [5000, 20],
  [300_000, full ? 20 : 1],
] as const) {
  for (const share of [0.08, 0.0001]) {
    test(`${share * 100} % rare values of ${rows} rows where the baseline has 0.8 % are found first`, () => {
      for (const name of Object.keys(forms)) {
        for (let seed = 1; seed <= rounds; seed++) {
          const drift = driftOf(made(rows, share, 100 * seed + rows, name));
          const [first, second, ...others] = drift;
          assert.deepEqual([first?.column, second?.column], [name, name], `${name}: ${first?.sentence}`);
          assert.deepEqual(
            [first?.level, second?.level],
            ['severe', 'severe'],
            `${name}: ${first?.sentence}`,
          );
          for (const { level, sentence } of others) assert.equal(level, 'none', sentence);
          const psi = first?.figures.find(({ measure }) => measure === 'psi');
          if (first?.figures[0]?.measure !== 'disappeared')
            assert.ok(psi!.figure > (share > 0.01 ? 0.1 : 0.01), `${name}: ${psi!.figure}`);
        }
      }
    });
  }
}

test('rare values that are as rare as before raise no alarm', () => {
  const alarms: string[] = [];
  for (const rows of [100, 900, 1300, 5000]) {
    for (let seed = 0; seed < 25; seed++) {
      for (const { level, sentence } of driftOf(made(rows, 0.008, 7000 + seed)))
        if (level !== 'none') alarms.push(`${rows} rows: ${sentence}`);
    }
  }
  assert.deepEqual(alarms, []);
});

test('the sentence names the value and both shares', () => {
  const sentence = (name: string, share: number) => driftOf(made(300_000, share, 5, name))[0]!.sentence;
  assert.match(
    sentence('float32 of 0 and 1', 0.08),
    /^the share of 1 in float32 .* rose from 0\.\d+ % to \d/,
  );
  assert.match(sentence('text labels', 0.0001), /^the share of "fraud" in text labels fell from /);
  assert.match(sentence('boolean', 0.08), /^the share of true in boolean rose from /);
  assert.match(sentence('mostly 0, else any number', 0.08), /^the share of values other than 0 in mostly 0/);
});

test('a number that the baseline does not have is new in a column of few', () => {
  const rows = Array.from({ length: 5000 }, (_, row) => (row % 50 === 0 ? 7 : row % 125 === 1 ? 1 : 0));
  const column = 'int32 of 0 and 1';
  const now = { raw: [profileOf(numbersColumn(rows), { name: column })], outputs: [] };
  const figure = driftOf(now)[0]!.figures.find(({ measure }) => measure === 'new_values');
  assert.match(figure!.sentence, /^2 % of int32 of 0 and 1 has values that the baseline does not have: 7$/);
  assert.equal(figure!.level, 'severe');
});

test('a withheld column names none of its values', () => {
  const hidden = buildBaseline(qualityOf(training.raw, []), { ...origin, redact: Object.keys(forms) });
  const now = made(5000, 0.08, 3, 'float64 of 0 and 1');
  const [first] = measureDrift(qualityOf(now.raw, []), hidden);
  assert.equal(first!.level, 'severe');
  assert.match(first!.sentence, /^the share of one value in float64 of 0 and 1 rose/);
});
