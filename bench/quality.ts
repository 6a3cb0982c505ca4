import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Slice } from '../src/chunk/slice.js';
import { loadJob } from '../src/job/load-job.js';
import { buildBaseline } from '../src/quality/baseline.js';
import { measureDrift } from '../src/quality/drift.js';
import { unpackLight } from '../src/quality/light-quality.js';
import { createQualitySum } from '../src/quality/quality-sum.js';
import { openPartition, planRun } from '../src/run/plan/plan-run.js';
import { openStage, type SliceTask, type StagePlan } from '../src/run/slice/score-slice.js';
import type { HeldBins, SliceResult } from '../src/run/slice/slice-result.js';
import { listInputs } from '../src/storage/list-inputs.js';
import { median } from './measure.js';

/** One way of scoring and what it cost. */
export interface QualityFigure {
  readonly input: string;
  readonly rows: number;
  /** Of processor time for each row, in the median slice. */
  readonly nanosWithout: number;
  readonly nanosWith: number;
  /** Throughput that profiling and merging take away, from 0 to 1, in the median slice. */
  readonly cost: number;
  readonly driftMs: number;
}

/**
 * Measures the cost of profiles of every column: scores the same slices of the sample job in one thread, with and without profiles in turn,
 * in processor time, so that a busy machine affects neither. `by` is what `quality.slices` would say. The time includes merging; drift
 * against a baseline of the same data is stated separately, since it is computed once per run.
 */
export async function benchQuality(
  job: string,
  input: string,
  slices: number,
  by: readonly string[] = [],
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
  const nanos: [number[], number[]] = [[], []];
  const sum = createQualitySum();
  let rows = 0;
  let done = 0;
  const work = async (way: number, slice: Slice) => {
    const task: SliceTask = {
      slice,
      repeated: null,
      deadly: [],
      failFast: true,
      probe: null,
      handOver: false,
    };
    const start = process.cpuUsage();
    const result = (await ways[way]!.run(task, () => {})) as SliceResult;
    if (way === 1) sum.add(unpackLight(result.quality));
    const { user, system } = process.cpuUsage(start);
    if (done > 3) nanos[way]!.push(((user + system) * 1000) / result.rows.read);
    return result;
  };
  for await (const slice of source.cut(loaded.run.chunkBytes)) {
    if (done >= slices) break;
    const first = done % 2;
    await work(first, slice);
    const result = await work(1 - first, slice);
    // The first slices warm both up.
    if (done > 3) rows += result.rows.read;
    done++;
  }
  const [, held] = await Promise.all(ways.map((way) => way.close()));
  sum.addBins((held as HeldBins).bins);
  const origin = { job: 'bench', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [] };
  const quality = sum.quality();
  const baseline = buildBaseline(quality, origin);
  const start = performance.now();
  measureDrift(quality, baseline);
  const driftMs = performance.now() - start;
  const [without, withProfiles] = nanos;
  const shares = without.map((bare, i) => 1 - bare / withProfiles[i]!);
  return {
    input,
    rows,
    nanosWithout: median(without),
    nanosWith: median(withProfiles),
    cost: median(shares),
    driftMs,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      job: { type: 'string', default: 'jobs/flight-delay.yaml' },
      slices: { type: 'string', default: '40' },
      by: { type: 'string', multiple: true, default: [] },
    },
  });
  for (const input of positionals) {
    const { rows, nanosWithout, nanosWith, cost, driftMs } = await benchQuality(
      values.job,
      input,
      Number(values.slices),
      values.by,
    );
    const nanos = (figure: number) => `${figure.toFixed(0)} ns`;
    process.stdout.write(
      `${input}: ${rows} rows, each ${nanos(nanosWithout)} without profiles, ${nanos(nanosWith)} with: ${(cost * 100).toFixed(1)} % of throughput; drift ${driftMs.toFixed(1)} ms per run\n`,
    );
  }
  process.exit(0);
}
