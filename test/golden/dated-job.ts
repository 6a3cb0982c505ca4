import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { callResident } from '../resident.js';
import { type Ran, said, type Workdir, workdir } from '../workdir.js';
import { echoModel } from './tiny-model.js';

const model = await echoModel('x');

/** A job with a folder for each date, by default over `in/*.csv`. */
export function dated(
  input = 'path: in/*.csv, since: last',
  more = '',
  columns = 'id: { type: int64 }',
): Workdir {
  const dir = workdir();
  dir.write('m.onnx', model);
  dir.write(
    'job.yaml',
    `name: tiny
input: { ${input} }
model: { path: m.onnx }
columns: { ${columns} }
output: { path: "out/\${job}/date=\${date}", format: csv, columns: [id] }
run: { workers: 1, isolation: none, retries: 0 }
quality: { repeated_input: ignore }
${more}`,
  );
  return dir;
}

/** Lets a job hold partitions until the gates of the whole run are known. */
export function holdForGates(dir: Workdir): void {
  dir.write('job.yaml', dir.read('job.yaml').replace('quality: {', 'quality: { max_rows: 1000,'));
}

export const call = (dir: Workdir, ...args: readonly string[]): Ran =>
  callResident({ folder: dir.path, args });
export const run = (dir: Workdir, date: string, ...more: readonly string[]) =>
  call(dir, 'run', 'job.yaml', '--date', date, ...more);

export function ranWell(ran: Ran): Ran {
  assert.equal(ran.code, 0, said(ran));
  return ran;
}

/** Returns the published ids of a date by partition. */
export function scored(dir: Workdir, date: string): Record<string, string> {
  const folder = join(dir.path, 'out/tiny', `date=${date}`);
  const names = readdirSync(folder).filter((name) => name.startsWith('part-'));
  return Object.fromEntries(
    names.map((name) => [
      name,
      dir
        .read(`out/tiny/date=${date}/${name}`)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0])
        .join(' '),
    ]),
  );
}
