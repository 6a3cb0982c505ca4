import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';
import { writeParquet } from './write-parquet.js';

// Local times that the clocks skip or show twice are flagged, in every type of column.

const times = [
  ['2024-03-10 01:59:59', '2024-03-10 06:59:59'],
  ['2024-03-10 02:30:00', 'time-skipped'],
  ['2024-03-10 03:00:00', '2024-03-10 07:00:00'],
  ['2024-11-03 01:30:00', 'time-repeated'],
  ['2024-11-03 00:59:59', '2024-11-03 04:59:59'],
  ['2024-11-03 02:00:00', '2024-11-03 07:00:00'],
] as const;

const inputs = {
  csv: async (folder: string, write: (name: string, text: string) => void) => {
    write('in.csv', `i,t\n${times.map(([text], i) => `${i},${text}\n`).join('')}`);
    return join(folder, 'in.csv');
  },
  'Parquet text': (folder: string) => parquet(folder, 'varchar'),
  'Parquet timestamps without a zone': (folder: string) => parquet(folder, 'timestamp'),
};

async function parquet(folder: string, sqlType: string): Promise<string> {
  const path = join(folder, 'in.parquet');
  await writeParquet(path, [
    { name: 'i', sqlType: 'float', cells: times.map((_, i) => String(i)) },
    { name: 't', sqlType, cells: times.map(([text]) => text) },
  ]);
  return path;
}

for (const [name, write] of Object.entries(inputs)) {
  it(`flags local times that are not one instant: ${name}`, async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('i'));
    const path = await write(dir.path, (file, text) => dir.write(file, text));
    const ran = runJob(dir, {
      input: { path },
      columns: { i: { type: 'float32' }, t: { type: 'timestamp', zone: 'America/New_York' } },
      output: { path: 'out', columns: ['t'] },
    });
    assert.equal(ran.code, 0, ran.stdout);
    assert.equal(lastLine(ran).rows.flagged, 2);
    const rows = await query(
      `select (t at time zone 'UTC')::varchar as t, _row_status as status, array_to_string(_problems, ';') as problems
       from '${dir.path}/out/part-in.parquet' order by _source_row`,
    );
    const expected = times.map(([, right]) =>
      right.startsWith('time-')
        ? { t: null, status: 'flagged', problems: `${right}:t` }
        : { t: right, status: 'ok', problems: '' },
    );
    assert.deepEqual(rows, expected);
  });
}
