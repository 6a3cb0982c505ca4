import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPublished, sampleJob, type Workdir } from '../workdir.js';

/** True if the long tests run (`make faults`). */
export const full = process.env['NIGHTSHIFT_FULL'] === '1';

export type OutputFormat = 'parquet' | 'csv' | 'arrow';
export const outputFormats: readonly OutputFormat[] = ['parquet', 'csv', 'arrow'];

export interface JobWishes {
  readonly format?: OutputFormat;
  readonly workers?: number;
  /** Which of the sample days: one is Parquet, one Arrow, two are CSV, and the last of those is dirty. */
  readonly days?: string;
  /** Without gates on the whole run partitions are published at once; with them they are held. */
  readonly held?: boolean;
  readonly chunk?: string;
  readonly isolation?: 'process' | 'thread' | 'none';
}

/** The sample job over the sample days as `job.yaml` in `dir`, in small slices, its output in `dir/out`. */
export function sampleRun(dir: Workdir, wishes: JobWishes = {}): string {
  const {
    format = 'parquet',
    workers = 2,
    days = '*',
    held = true,
    chunk = '16KiB',
    isolation = 'process',
  } = wishes;
  return dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      [/flights\/\$\{date\}\*?\S*/, `flights/${days}`],
      [/path: \.\.\/scored.*/, `path: ${dir.path}/out`],
      [/format: parquet.*/, `format: ${format}`],
      [/workers: auto/, `workers: ${workers}\n  isolation: ${isolation}`],
      [/chunk_bytes: 4MiB/, `chunk_bytes: ${chunk}`],
      ...(held ? [] : [[/ {2}min_rows: 100\n/, ''] as const]),
    ]),
  );
}

/** A line of the job for `modelRun`, where worker processes are not what is tested. */
export const oneProcess = 'run: { workers: 1, isolation: none }\n';

/** Writes a job over `in/*.csv` whose model misbehaves only for rows with `x` 13; returns its path. */
export function modelRun(dir: Workdir, model: string, more = ''): string {
  return dir.write(
    'job.yaml',
    `name: made
input: { path: in/*.csv }
model: { path: ${join(process.cwd(), 'test', 'fixtures', `${model}.onnx`)} }
columns:
  id: { type: int64, key: true }
  x: { type: int64, missing: reject }
output: { path: out, format: csv, columns: [id] }
quality: { max_rejected: 50% }
${more}`,
  );
}

/** Rows `id,x` with `x` counting from 100, but 13 where `bad` says so. */
export function rowsOf(rows: number, bad: (row: number) => boolean = () => false): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i + 1},${bad(i + 1) ? 13 : 100 + i}`);
  return `id,x\n${lines.join('\n')}\n`;
}

/** Hashes of all that is published in `dir/out`. */
export function published(dir: Workdir): Record<string, string> {
  return dir.hashes('out', isPublished);
}

/** Returns the leftovers of an ended run in its own folders, besides the records; there must be none. */
export function leftovers(dir: Workdir): string[] {
  const own = join(dir.path, 'out', '_nightshift');
  return readdirSync(own, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^partitions(\/|$)/.test(name) && name.includes('/'))
    .concat(readdirSync(join(dir.path, 'out')).filter((name) => name.startsWith('.')));
}
