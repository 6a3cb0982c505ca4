import assert from 'node:assert/strict';
import { test } from 'node:test';
import { said, workdir } from '../workdir.js';
import { echoModel } from './tiny-model.js';

test('init feeds a column of dates to a number as days since 1970, and asks whether that is right', async () => {
  const dir = workdir();
  dir.write('m.onnx', Buffer.from(await echoModel('when')));
  dir.write('in.csv', 'when\n1970-01-02\n2020-02-29\n2021-12-31\n');
  const init = dir.call(['init', '--model', 'm.onnx', '--input', 'in.csv']);
  assert.equal(init.code, 0, said(init));
  assert.match(init.stdout, /^unsure +- columns\.when: dates are fed as days since 1970-01-01/m);
  assert.match(dir.read('job.yaml'), /^ {2}when: \{ type: date \}/m);
  assert.equal(dir.call(['check', 'job.yaml']).code, 0);
  dir.write('job.yaml', dir.read('job.yaml').replace('format: parquet', 'format: csv'));
  const run = dir.call(['run', 'job.yaml']);
  assert.equal(run.code, 0, said(run));
  const scores = dir.read('scored/m/part-in.csv').trimEnd().split('\n').slice(1);
  assert.deepEqual(
    scores.map((line) => Number(line.split(',')[0])),
    [1, 18321, 18992],
  );
});
