import { type Baseline, buildBaseline } from '../../src/quality/baseline.js';
import {
  buildSummary,
  driftOf,
  type PartitionFacts,
  type RunFacts,
} from '../../src/quality/build-summary.js';
import { checkGates, type Gates } from '../../src/quality/gates.js';
import type { ProblemCount } from '../../src/quality/problem-count.js';
import { createRunSum, type PartitionQuality } from '../../src/quality/run-quality.js';
import type { SliceQuality } from '../../src/quality/slice-quality.js';
import type { Summary, TrendPoint } from '../../src/quality/summary.js';
import {
  numbersColumn,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

const carriers = ['UA', 'B6', 'EV', 'DL', 'AA', 'MQ', 'US', '9E', 'WN'];

/** Defects of a made day. */
interface Defects {
  /** Minutes that every delay is longer by. */
  readonly later?: number;
  /** Every how many rows a carrier is this one, which the baseline does not know. */
  readonly strange?: { readonly carrier: string; readonly every: number };
  /** The share of humidity that is missing. */
  readonly dry?: number;
  readonly problems?: readonly ProblemCount[];
}

/** The quality of a day of `rows` made flights. */
export function madeDay(rows: number, seed: number, defects: Defects = {}): SliceQuality {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const { later = 0, strange, dry = 0.02, problems = [] } = defects;
  const times = Array.from({ length: rows }, (_, i) => i);
  const delays = times.map(() =>
    random() < 0.025
      ? null
      : Math.round(later + (random() < 0.3 ? Math.exp(2 + 1.3 * normal()) : 5 * normal() - 3)),
  );
  const names = times.map((i) =>
    strange !== undefined && i % strange.every === 0
      ? strange.carrier
      : carriers[Math.floor(carriers.length * random() ** 1.7)]!,
  );
  const count = (outcome: string) =>
    problems
      .filter((problem) => problem.outcome === outcome)
      .reduce((sum, problem) => sum + problem.count, 0);
  const [rejected, flagged, repaired] = [count('rejected'), count('flagged'), count('repaired')];
  const scored = rows - rejected;
  const numbers = (name: string, values: readonly (number | null)[]) =>
    profileOf(numbersColumn(values), { name });
  const filled = numbers(
    'dep_delay',
    delays.map((value) => value ?? 0),
  );
  const scores = times
    .slice(0, scored)
    .map((i) => 1 / (1 + Math.exp(1.2 - 0.05 * (delays[i] ?? 0) - normal())));
  return {
    ...qualityOf(
      [
        numbers('dep_delay', delays),
        numbers(
          'distance',
          times.map(() => Math.floor(100 + 2400 * random() ** 2)),
        ),
        numbers(
          'temp',
          times.map(() => 288 + 6 * normal()),
        ),
        numbers(
          'humidity',
          times.map(() => (random() < dry ? null : Math.min(1, Math.max(0, 0.6 + 0.15 * normal())))),
        ),
        profileOf(textsColumn(names, carriers), { name: 'carrier', categories: carriers.length }),
        profileOf(
          { type: 'date', length: rows, values: new Int32Array(rows).fill(15709), validity: null },
          { name: 'day' },
        ),
        profileOf(
          {
            type: 'boolean',
            length: rows,
            values: Uint8Array.from(times, () => (random() < 0.3 ? 1 : 0)),
            validity: null,
          },
          { name: 'international' },
        ),
      ],
      [
        numbers('score', scores),
        profileOf(textsColumn(scores.map((score) => (score > 0.5 ? 'late' : 'on time'))), { name: 'label' }),
      ],
    ),
    used: [filled],
    problems,
    rows: { read: rows, scored, ok: scored - repaired - flagged, repaired, flagged, rejected },
  };
}

/** A baseline of 20,000 made flights. */
function madeBaseline(): Baseline {
  return buildBaseline(madeDay(20_000, 1), {
    job: 'flight-delay',
    createdAt: '2013-01-01T00:00:00.000Z',
    inputs: ['flights-2012.parquet'],
    modelSha256: 'a'.repeat(64),
    redact: [],
    keys: [],
  });
}

const closedNever = { warn: null, fail: null };

/** Gates with the defaults of the job file, and some that are set. */
export const madeGates: Gates = {
  maxRejected: { warn: null, fail: { fraction: 0.01 } },
  maxRepaired: { warn: null, fail: { fraction: 0.2 } },
  maxFlagged: { warn: { fraction: 0.05 }, fail: null },
  maxProblems: closedNever,
  maxRepeated: closedNever,
  minRows: { warn: null, fail: 1 },
  maxRows: closedNever,
  maxRowChange: { warn: { fraction: 0.5 }, fail: null },
  maxDegraded: null,
  emptyFeatures: { severity: 'ignore', mayBeMissing: [] },
  features: null,
  columns: ['dep_delay', 'distance', 'temp', 'humidity', 'carrier'].map((name) => ({
    name,
    maxProblems: null,
    maxNull: { warn: { fraction: 0.1 }, fail: { fraction: 0.5 } },
    maxUnknown: { warn: null, fail: { fraction: 0.05 } },
    maxDrift: { warn: 0.1, fail: 0.25 },
  })),
  scores: [
    {
      column: 'score',
      maxNan: { warn: null, fail: { count: 0 } },
      maxInfinite: { warn: null, fail: { count: 0 } },
      maxOutside: { warn: null, fail: { count: 0 } },
      minMean: closedNever,
      maxMean: { warn: 0.5, fail: 0.9 },
      constant: 'warn',
      maxDrift: { warn: 0.1, fail: null },
    },
  ],
};

/** The outcome of a made partition, and the quality of its rows. */
interface MadePartition extends PartitionFacts {
  readonly quality: SliceQuality | null;
  readonly skipped: PartitionQuality['skipped'];
}

/** A partition of a made day. */
export function madePartition(
  name: string,
  quality: SliceQuality | null,
  more: Partial<MadePartition> = {},
): MadePartition {
  return {
    partition: name,
    state: quality === null ? 'failed' : 'published',
    failure: null,
    attempts: 1,
    input: { path: `flights/${name}.csv`, format: 'csv', bytes: 93_000 },
    outputs:
      quality === null
        ? []
        : [
            {
              path: `part-${name}.parquet`,
              rows: quality.rows.scored,
              bytes: 21_000,
              sha256: 'b'.repeat(64),
            },
          ],
    rows: quality === null ? null : { ...quality.rows, skipped: 0 },
    quality,
    skipped: {},
    gates: [],
    findings: [],
    startedAt: '2013-01-05T02:00:00.000Z',
    durationMs: 412,
    notes: () => [],
    ...more,
  };
}

/** A run over these partitions, its gates checked. */
export function madeRun(partitions: readonly MadePartition[], more: Partial<RunFacts> = {}): RunFacts {
  const covered = createRunSum();
  for (const { partition, quality, skipped } of partitions)
    if (quality !== null) covered.add(partition, { quality, skipped });
  return {
    job: 'flight-delay',
    date: '2013-01-04',
    runId: '20130105T020000Z-1a2b3c',
    program: '0.1.0',
    startedAt: '2013-01-05T02:00:00.000Z',
    finishedAt: '2013-01-05T02:00:03.100Z',
    durationMs: 3100,
    exitCode: 0,
    reason: 'ok',
    output: 'scored/flight-delay/date=2013-01-04',
    workers: 2,
    peakRssBytes: 412_000_000,
    memoryLimitBytes: null,
    model: {
      path: 'models/flight-delay.onnx',
      sha256: 'a'.repeat(64),
      bytes: 48_211,
      inputs: ['dep_delay: float32', 'distance: float32', 'carrier: string'],
      columns: [],
      outputs: ['label: string', 'probabilities: float32[2]'],
      notes: ['ZipMap was taken out of the graph'],
    },
    partitions,
    covered: covered.total(),
    gates: [],
    features: ['dep_delay', 'distance', 'temp', 'humidity', 'carrier', 'international'],
    keys: [],
    redact: [],
    unwatched: [],
    decided: [],
    baseline: null,
    before: [],
    notes: [],
    ...more,
  };
}

/** The summary of such a run against the made baseline. */
export function madeSummary(partitions: readonly MadePartition[], more: Partial<RunFacts> = {}): Summary {
  const baseline = { path: 'baselines/flight-delay.json', content: madeBaseline() };
  const facts = madeRun(partitions, { baseline, ...more });
  const drift = driftOf(facts);
  const gates = checkGates(facts.covered.quality, madeGates, {
    scope: 'run',
    features: facts.features,
    drift,
    rowsBefore: null,
  });
  return buildSummary({ ...facts, gates }, drift);
}

/** Points of earlier runs, one a day, oldest first. */
export function madeTrend(days: number): TrendPoint[] {
  const random = seededRandom(9);
  return Array.from({ length: days }, (_, day) => ({
    run_id: `run-${day}`,
    finished_at: new Date(Date.UTC(2012, 11, 5 + day, 2)).toISOString(),
    level: day % 9 === 4 ? 'check' : 'good',
    rows_read: 880 + Math.round(60 * random()),
    rejected_share: 0.001 * random(),
    repaired_share: 0.01 * random(),
    flagged_share: 0.02 * random(),
    rows_per_second: 250_000 + Math.round(40_000 * random()),
    psi: 0.02 + 0.02 * random(),
    missing_shares: { dep_delay: 0.02 + 0.01 * random(), humidity: 0.02 },
    means: { dep_delay: 3 + random(), temp: 288 + random() },
    score_means: { score: 0.27 + 0.02 * random() },
  }));
}
