import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { leftovers, published, sampleRun } from '../faults/made-job.js';
import { said, workdir } from '../workdir.js';
import { type Moto, startMoto, whyNoMoto } from './start-moto.js';

describe('inputs and a model in the S3 of moto', { skip: whyNoMoto() ?? false }, () => {
  let moto: Moto | null = null;
  after(() => moto?.stop());

  it('give the bytes of a run over the same files: the sample days, from a prefix and a glob', async () => {
    moto = await startMoto();
    const { address, env } = moto;
    const samples = join(process.cwd(), 'data-samples');
    const put = async (name: string) => {
      const object = `${address}/nightshift/data/${name}`;
      const { ok } = await fetch(object, { method: 'PUT', body: readFileSync(join(samples, name)) });
      assert.ok(ok, name);
    };
    for (const name of readdirSync(join(samples, 'flights'))) await put(`flights/${name}`);
    await put('models/flight-delay.onnx');
    const local = workdir();
    const whole = await local.start(['run', sampleRun(local)]).ended;
    assert.equal(whole.code, 0, said(whole));
    for (const address of ['s3://nightshift/data/flights', 's3://nightshift/data/flights/2013*']) {
      const dir = workdir();
      const job = readFileSync(sampleRun(dir), 'utf8')
        .replace(/path: \S*flights\/\*/, `path: "${address}"`)
        .replace(/path: \S*(models\/\S*onnx)/, 'path: s3://nightshift/data/$1');
      const ran = await dir.start(['run', dir.write('job.yaml', job)], env).ended;
      assert.equal(ran.code, 0, said(ran));
      assert.deepEqual(published(dir), published(local));
      assert.deepEqual(leftovers(dir), []);
    }
  });
});
