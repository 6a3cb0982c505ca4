import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastLine, said, workdir } from '../workdir.js';
import { echoModel } from './tiny-model.js';

test('a folder that holds the job file and the model is read without them', async () => {
  const dir = workdir();
  dir.write('m.onnx', Buffer.from(await echoModel('x')));
  dir.write('in.csv', 'x\n1\n2\n');
  const init = dir.call(['init', '--model', 'm.onnx', '--input', '.']);
  assert.equal(init.code, 0, said(init));
  const run = dir.call(['run', 'job.yaml']);
  assert.equal(run.code, 0, said(run));
  assert.deepEqual(lastLine(run).partitions, { planned: 1, published: 1, failed: 0, skipped: 0 });
});

test('a CatBoost model in place of data is called that', () => {
  const dir = workdir();
  dir.write('m.cbm', Buffer.concat([Buffer.from('CBM1'), Buffer.alloc(500, 7)]));
  const ran = dir.call(['inspect', 'm.cbm']);
  assert.equal(ran.code, 2);
  assert.match(said(ran), /m\.cbm is a CatBoost model, not CSV.*\n.*"model\.path"/);
});
