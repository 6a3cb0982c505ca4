import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { shapes, writeJob, writeShape } from '../../../bench/memory-data.js';
import type { FormatName } from '../../../src/formats/format.js';
import { loadJob } from '../../../src/job/load-job.js';
import { openPartition } from '../../../src/run/plan/open-planned.js';
import { planRun } from '../../../src/run/plan/plan-run.js';
import { createPartitionProfiles } from '../../../src/run/score/partition-profiles.js';
import { openStage } from '../../../src/run/slice/score-slice.js';
import type { SliceResult } from '../../../src/run/slice/slice-result.js';
import { sliceTask } from '../../../src/run/slice/slice-task.js';
import { listInputs } from '../../../src/storage/list-inputs.js';
import { trimMemory } from '../../../src/workers/trim-memory.js';
import { workdir } from '../../workdir.js';

/** Of each shape a format, and rows enough for every sketch to have all of its bins. */
const cases: readonly (readonly [shape: string, format: FormatName, rows: number])[] = [
  ['flights', 'csv', 20_000],
  ['500 float columns', 'parquet', 4_000],
  ['3 columns', 'arrow', 100_000],
  ['unique texts', 'parquet', 10_000],
  ['10 % spoiled', 'csv', 20_000],
];

/** More than what a heap that was collected twice differs by, far less than what a slice of these takes. */
const noise = 3e6;

function keptBytes(): number {
  trimMemory();
  trimMemory();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// Worker and main process in one, so that what either keeps is counted.
for (const [name, format, rows] of cases) {
  test(`${name} as ${format}: four times the rows leave no more behind in memory`, async () => {
    const shape = { ...shapes.find((one) => one.name === name)!, blockRows: rows };
    const dir = workdir();
    await writeShape(shape, format, 4 * rows, join(dir.path, `in.${format}`));
    const job = await loadJob(await writeJob(shape, format, dir.path, 'workers: 1'), {});
    const inputs = await listInputs([join(dir.path, `in.${format}`)], { baseDir: dir.path });
    const plan = await planRun(job, inputs, new AbortController().signal);
    const { source, context } = await openPartition(plan, inputs[0]!);
    const stage = await openStage(plan.stage);
    const partition = await stage.openContext(context);
    const profiles = createPartitionProfiles(inputs[0]!.bytes);
    const again = () => assert.fail('nothing is lost');
    let read = 0;
    let early = 0;
    for await (const slice of source.cut(2 ** 20)) {
      const task = { ...sliceTask(slice), handOver: profiles.handOver(slice) };
      const result = (await partition.run(task, () => {})) as SliceResult;
      read += result.rows.read;
      profiles.add(slice, { result, again });
      if (early === 0 && read >= rows) early = keptBytes();
    }
    const grown = keptBytes() - early;
    assert.ok(read > 3.9 * rows);
    assert.ok(grown < noise, `${(grown / 1e6).toFixed(1)} MB more are kept`);
    await partition.close();
    await stage.close();
    dir.remove();
  });
}
