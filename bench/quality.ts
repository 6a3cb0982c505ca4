import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Slice } from '../src/chunk/slice.js';
import { loadJob } from '../src/job/load-job.js';
import { buildBaseline } from '../src/quality/baseline.js';
import { measureDrift } from '../src/quality/drift.js';
import { unpackLight } from '../src/quality/light-quality.js';
import { createQualitySum } from '../src/quality/quality-sum.js';
import { openPartition } from '../src/run/plan/open-planned.js';
import { planRun } from '../src/run/plan/plan-run.js';
import { openStage, type StagePlan } from '../src/run/slice/score-slice.js';
import type { HeldBins, SliceResult } from '../src/run/slice/slice-result.js';
import { sliceTask } from '../src/run/slice/slice-task.js';
import { listInputs } from '../src/storage/list-inputs.js';

/** One way of scoring and what it cost. */
interface QualityFigure {
  readonly input: string;
  readonly rows: number;
  /** Of processor time for each row. */
  readonly nanosWithout: number;
  readonly nanosWith: number;
  /** Throughput that profiling and merging take away, from 0 to 1. */
  readonly cost: number;
  readonly driftMs: number;
}

/**
 * Measures the cost of profiles of every column: scores the same slices of the sample job in one thread, with
 * and without profiles in turn, `rounds` times, and takes the least processor time of each, which a busy
 * machine affects least. `by` is what `quality.slices` would say. The time includes merging; drift against a
 * baseline of the same data is stated separately, since it is computed once per run.
 */
async function benchQuality(
  job: string,
  input: string,
  slices: number,
  by: readonly string[] = [],
  rounds = 5,
): Promise<QualityFigure> {
  const asked = await loadJob(job, { date: '2013-01-01', output: '.cache/bench/quality' });
  const loaded = { ...asked, quality: { ...asked.quality, slices: by } };
  const inputs = await listInputs([input], { baseDir: process.cwd() });
  const plan = await planRun(loaded, inputs, new AbortController().signal);
  const { source, context } = await openPartition(plan, inputs[0]!);
  const bare: StagePlan = { ...plan.stage, profiled: [], profiledOutputs: [], segments: [] };
  const ways = await Promise.all(
    [bare, plan.stage].map(async (stage) => (await openStage(stage)).openContext(context)),
  );
  const sum = createQualitySum();
  const work = async (way: number, slice: Slice) => {
    const start = process.cpuUsage();
    const result = (await ways[way]!.run(sliceTask(slice), () => {})) as SliceResult;
    if (way === 1) sum.add(unpackLight(result.quality));
    const { user, system } = process.cpuUsage(start);
    return { rows: result.rows.read, nanos: (user + system) * 1000 };
  };
  const total = { rows: 0, without: 0, with: 0 };
  let done = 0;
  for await (const slice of source.cut(loaded.run.chunkBytes)) {
    if (done >= slices) break;
    const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    let rows = 0;
    for (let turn = 0; turn < 2 * rounds; turn++) {
      const way = (done + turn + (turn >> 1)) & 1;
      const spent = await work(way, slice);
      least[way] = Math.min(least[way]!, spent.nanos);
      rows = spent.rows;
    }
    // The first slices warm both up; one of eight counts features by slice too.
    if (done++ < warmSlices) continue;
    total.rows += rows;
    total.without += least[0]!;
    total.with += least[1]!;
  }
  const [, held] = await Promise.all(ways.map((way) => way.close()));
  sum.addBins((held as HeldBins).bins);
  const origin = { job: 'bench', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [] };
  const quality = sum.quality();
  const baseline = buildBaseline(quality, origin);
  const start = performance.now();
  measureDrift(quality, baseline);
  const driftMs = performance.now() - start;
  return {
    input,
    rows: total.rows,
    nanosWithout: total.without / total.rows,
    nanosWith: total.with / total.rows,
    cost: 1 - total.without / total.with,
    driftMs,
  };
}

/** Eight slices after these are all kinds of slices, see `segmentSample`. */
const warmSlices = 1;

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      job: { type: 'string', default: 'jobs/flight-delay.yaml' },
      slices: { type: 'string', default: '17' },
      rounds: { type: 'string', default: '5' },
      by: { type: 'string', multiple: true, default: [] },
    },
  });
  for (const input of positionals) {
    const { rows, nanosWithout, nanosWith, cost, driftMs } = await benchQuality(
      values.job,
      input,
      Number(values.slices),
      values.by,
      Number(values.rounds),
    );
    const nanos = (figure: number) => `${figure.toFixed(0)} ns`;
    process.stdout.write(
      `${input}: ${rows} rows, each ${nanos(nanosWithout)} without profiles, ${nanos(nanosWith)} with: ${(cost * 100).toFixed(1)} % of throughput; drift ${driftMs.toFixed(1)} ms per run\n`,
    );
  }
  process.exit(0);
}
