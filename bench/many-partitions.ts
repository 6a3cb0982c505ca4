import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { echoModel } from '../test/golden/tiny-model.js';
import { type Measured, measure } from './measure.js';

const usage = `node dist/bench/many-partitions.js FOLDER
Makes a run folder of many published partitions in FOLDER, by scoring some files and copying their records, and prints what commands over all of them cost.
  --partitions 100000
  --columns 12             columns of each file
  --keep                   leaves the folder, which another call takes as it is`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    partitions: { type: 'string', default: '100000' },
    columns: { type: 'string', default: '12' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const main = join(process.cwd(), 'dist/src/main.js');
const written = new Date('2026-01-01T00:00:00Z');

/** The name of a partition; all have the same length, so that records are copied by replacing it. */
function nameOf(index: number): string {
  return `part${String(index).padStart(7, '0')}`;
}

/** Files that are really scored; the others are copies of them, so that profiles differ. */
const scored = 16;

/** Scores the first files, and makes the others look as if they had been scored too. */
async function prepare(folder: string, count: number): Promise<string> {
  const job = join(folder, 'job.yaml');
  if (existsSync(job)) return job;
  const columns = Array.from({ length: Number(options.columns) }, (_, i) => `c${i}`);
  const inputs = Array.from({ length: scored }, (_, file) => {
    const rows = Array.from({ length: 20 }, (_, row) =>
      columns.map((_, i) => (((row + 1) * (i + 1) * 7919 + file * 104_729) % 10_000) * 0.5),
    );
    return `${columns.join()}\n${rows.map((row) => row.join()).join('\n')}\n`;
  });
  mkdirSync(join(folder, 'in'), { recursive: true });
  writeFileSync(join(folder, 'm.onnx'), await echoModel(...columns));
  writeFileSync(
    job,
    `name: many
input: { path: in }
model: { path: m.onnx }
output: { path: out }
quality: { repeated_input: ignore }
`,
  );
  const put = (index: number) => {
    const path = join(folder, 'in', `${nameOf(index)}.csv`);
    writeFileSync(path, inputs[index % scored]!);
    utimesSync(path, written, written);
  };
  for (let index = 0; index < scored; index++) put(index);
  const ran = await measure(process.execPath, [main, 'run', job]);
  if (ran.code !== 0) throw new Error(`the first files were not scored: ${ran.stdout}`);
  const out = join(folder, 'out');
  const records = inputs.map((_, index) =>
    readFileSync(join(out, '_nightshift/partitions', `${nameOf(index)}.json`), 'utf8'),
  );
  console.log(`a record has ${records[0]!.length} bytes`);
  const published = inputs.map((_, index) =>
    [`part-${nameOf(index)}.parquet`, `_rejects/part-${nameOf(index)}.ndjson`].map(
      (path) => [path, readFileSync(join(out, path))] as const,
    ),
  );
  for (let index = scored; index < count; index++) {
    const name = nameOf(index);
    const source = index % scored;
    put(index);
    for (const [path, bytes] of published[source]!)
      writeFileSync(join(out, path.replace(nameOf(source), name)), bytes);
    writeFileSync(
      join(out, '_nightshift/partitions', `${name}.json`),
      records[source]!.replaceAll(nameOf(source), name),
    );
  }
  rmSync(join(out, '_SUCCESS'));
  return job;
}

function report(what: string, { seconds, cpuSeconds, peakRssBytes, peakTreeBytes, code }: Measured): void {
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(
    `${what}: ${cpuSeconds.toFixed(1)} s of processor time (${seconds.toFixed(1)} s), ${mb(peakRssBytes)} at most in one process, ${mb(peakTreeBytes)} in all; exit ${code}`,
  );
}

const [given] = positionals;
if (options.help || given === undefined) console.log(usage);
else {
  const folder = resolve(given);
  const job = await prepare(folder, Number(options.partitions));
  for (const args of [
    ['plan', job],
    ['status', job, '--json'],
    ['status', job],
    ['finish', job],
    ['run', job],
    ['retry', job],
    ['run', job, '--shard', '7/1000'],
  ])
    report(args.filter((arg) => arg !== job).join(' '), await measure(process.execPath, [main, ...args]));
  if (!options.keep) rmSync(folder, { recursive: true });
}
