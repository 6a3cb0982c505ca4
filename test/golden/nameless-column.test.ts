import assert from 'node:assert/strict';
import { it } from 'node:test';
import { workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

it('reads a column without a name by `source: ""`, and refuses two of them', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  dir.write('in.csv', ',x,note\n7,1.5,a\n8,2.5,b\n9,3.5,c\n');
  const job = {
    input: { path: 'in.csv' },
    columns: { row: { type: 'int64', source: '' }, x: { type: 'float32' } },
    output: { path: 'out', columns: ['row'] },
  };
  const ran = runJob(dir, job);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(
    await query(`select row::int as row, y_x from '${dir.path}/out/part-in.parquet' order by 1`),
    [
      { row: 7, y_x: 1.5 },
      { row: 8, y_x: 2.5 },
      { row: 9, y_x: 3.5 },
    ],
  );
  dir.write('in.csv', ',x,\n7,1.5,a\n8,2.5,b\n9,3.5,c\n');
  assert.equal(runJob(dir, job).code, 2);
});
