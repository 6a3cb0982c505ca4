import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBaseline, parseBaseline, writeBaseline } from '../../src/quality/baseline.js';
import type { GateResult, Gates } from '../../src/quality/gates.js';
import { createProfiler, wholeProfile } from '../../src/quality/profile-column.js';
import { createQualitySum } from '../../src/quality/quality-sum.js';
import {
  mergeSegments,
  type SegmentQuality,
  segmentPrecision,
  segmentProfile,
} from '../../src/quality/segment.js';
import { measureSegments, segmentGates } from '../../src/quality/segment-drift.js';
import { addTo, numbersColumn, qualityOf, seededNormal, seededRandom } from './made-columns.js';
import { madeGates } from './made-run.js';

const scores = createProfiler([{ name: 'score', type: 'float64', categories: null, redact: false }]);

function segment(value: string, rows: number, seed: number, shift = 0, rejected = 0): SegmentQuality {
  const normal = seededNormal(seededRandom(seed));
  const values = Array.from({ length: rows }, () => normal() + shift);
  const score = segmentProfile(wholeProfile(scores.count('score', numbersColumn(values), segmentPrecision)));
  return {
    slice: 'carrier',
    kind: 'value',
    value,
    rows: { read: rows + rejected, scored: rows, ok: rows, repaired: 0, flagged: 0, rejected },
    problems:
      rejected === 0 ? [] : [{ code: 'long-row', column: null, outcome: 'rejected', count: rejected }],
    columns: [],
    outputs: [score],
  };
}

const open = { warn: null, fail: null };

const whole = (segments: readonly SegmentQuality[]) => ({ ...qualityOf([]), segments });

test('segments merge exactly, in any order of what is merged first', () => {
  const parts = [1, 2, 3].map((seed) => [segment('DL', 700, seed), segment(`x${seed}`, 50, seed)]);
  const left = mergeSegments(mergeSegments(parts[0]!, parts[1]!), parts[2]!);
  const right = mergeSegments(parts[0]!, mergeSegments(parts[1]!, parts[2]!));
  const bins = (list: readonly SegmentQuality[]) =>
    list.map(({ value, rows, outputs }) => ({ value, rows, sketch: outputs[0]!.numbers!.sketch }));
  assert.deepEqual(bins(left), bins(right));
  assert.equal(left[0]!.rows.read, 2100);
});

test('what goes between processes packed is what was merged plainly', () => {
  const sum = createQualitySum();
  const parts = [1, 2, 3].map((seed) => [segment('DL', 700, seed), segment('AA', 90, seed + 9)]);
  for (const part of parts) addTo(sum, whole(part));
  assert.deepEqual(sum.quality().segments, mergeSegments(mergeSegments(parts[0]!, parts[1]!), parts[2]!));
});

test('a slice that moved closes the gate on drift where the others do not', () => {
  const origin = { job: 'j', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [] };
  const training = [segment('DL', 5000, 1), segment('AA', 5000, 2), segment('rare', 5, 3)];
  const written = buildBaseline(
    { ...whole(training), rows: { ...whole(training).rows, read: 10_005 } },
    origin,
  );
  const baseline = parseBaseline(writeBaseline(written), 'b.json');
  assert.deepEqual(
    baseline.segments?.map(({ value }) => value),
    ['DL', 'AA'],
    'a value that occurred less than 10 times is not kept',
  );
  const now = [segment('DL', 2000, 4, 0.8), segment('AA', 2000, 5), segment('new', 2000, 6, 3)];
  const drift = measureSegments(now, 6000, baseline);
  const closed = segmentGates(drift, madeGates).filter(({ passed }) => !passed);
  assert.deepEqual(
    closed.map(({ gate, column, severity }) => [gate, column, severity]),
    [['slice_drift', 'carrier=DL', 'warn']],
  );
  assert.match(closed[0]!.sentence, /^carrier=DL: the median of score rose from .* \(PSI /);
  assert.equal(drift[2]!.before, null);
});

const gatesOfSlice = (one: SegmentQuality, gates: Partial<Gates> = {}, closed: readonly GateResult[] = []) =>
  segmentGates(measureSegments([one], one.rows.read, null), { ...madeGates, ...gates }, closed);

test('a slice with more rejected rows than the limit closes the gate as the job sets it, unless chance may have made them', () => {
  assert.deepEqual(gatesOfSlice(segment('DL', 150, 1, 0, 3)), []);
  const [closed] = gatesOfSlice(segment('DL', 2000, 1, 0, 100));
  assert.deepEqual([closed!.gate, closed!.severity, closed!.passed], ['slice_rejected', 'fail', false]);
  assert.equal(closed!.sentence, 'carrier=DL: 4.8 % of its rows rejected, more than 1 %');
  const warns = { maxRejected: { warn: { fraction: 0.01 }, fail: { fraction: 0.2 } } };
  assert.equal(gatesOfSlice(segment('DL', 2000, 1, 0, 100), warns)[0]!.severity, 'warn');
  assert.deepEqual(gatesOfSlice(segment('DL', 2000, 1, 0, 100), { maxRejected: open }), []);
  assert.deepEqual(
    gatesOfSlice(segment('DL', 2000, 1, 0, 100), {}, [{ ...closed!, gate: 'max_rejected', column: null }]),
    [],
  );
});

test('each kind of problem in a slice is held to the limit of its column, else to that of the job', () => {
  const problem = { code: 'unknown-category', column: 'dest', outcome: 'flagged', count: 400 } as const;
  const one = { ...segment('DL', 2000, 1), problems: [problem] };
  const maxProblems = { warn: { fraction: 0.05 }, fail: null };
  const [closed] = gatesOfSlice(one, { maxProblems });
  assert.deepEqual(
    [closed!.gate, closed!.code, closed!.severity],
    ['slice_problems', 'unknown-category', 'warn'],
  );
  assert.equal(closed!.sentence, 'carrier=DL: 20 % with unknown values of dest, more than 5 %');
  const column = { name: 'dest', maxProblems: null, maxNull: open, maxUnknown: open, maxDrift: open };
  const strict = { ...column, maxUnknown: { warn: null, fail: { fraction: 0.1 } } };
  assert.equal(gatesOfSlice(one, { maxProblems, columns: [strict] })[0]!.severity, 'fail');
  const loose = { ...column, maxProblems: { warn: { fraction: 0.5 }, fail: null } };
  assert.deepEqual(gatesOfSlice(one, { maxProblems, columns: [loose] }), []);
  const everywhere = { ...closed!, gate: 'max_problems', column: 'dest' };
  assert.deepEqual(gatesOfSlice(one, { maxProblems }, [everywhere]), []);
});
