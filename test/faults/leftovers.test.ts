import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ownerTag } from '../../src/process/owner.js';
import { until } from '../until.js';
import { type Workdir, workdir } from '../workdir.js';
import { leftovers, modelRun, rowsOf } from './made-job.js';

function made(): Workdir {
  const dir = workdir();
  modelRun(dir, 'never-ends');
  for (const name of ['a', 'b']) dir.write(`in/${name}.csv`, rowsOf(40));
  return dir;
}

async function tagOfDead(): Promise<string> {
  return (await ownerTag()).replace(/-\d+-/, `-${spawnSync('true').pid}-`);
}

/** Temporary files of a dead process in every folder of the run folder that has any. */
async function plant(dir: Workdir): Promise<void> {
  const tag = await tagOfDead();
  for (const folder of [
    '',
    '_nightshift/partitions/',
    '_nightshift/intents/',
    '_nightshift/held/',
    '_nightshift/claims/',
  ])
    dir.write(`out/${folder}.nightshift-${tag}-7.tmp`, 'half');
}

describe('what a dead process left behind', () => {
  for (const args of [
    ['run', 'job.yaml'],
    ['run', 'job.yaml', '--shard', '1/2'],
    ['run', 'job.yaml', '--partition', 'a'],
    ['retry', 'job.yaml'],
    ['finish', 'job.yaml'],
  ]) {
    it(`is removed by ${args.join(' ')}`, async () => {
      const dir = made();
      const isLast = args[0] !== 'run';
      if (isLast)
        for (const shard of ['1/2', '2/2']) dir.call(['run', 'job.yaml', '--shard', shard, '--quiet']);
      await plant(dir);
      const ran = dir.call([...args, '--quiet']);
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(leftovers(dir), []);
      dir.remove();
    });
  }

  it('of a killed repair is removed by the next one of the same file, and a running one is left alone', async () => {
    const dir = workdir();
    const rows = Array.from({ length: 400_000 }, (_, i) => `${i},name ${i},${i}.5`);
    dir.write('big.csv', `id,name,x\n${rows.join('\n')}\n`);
    dir.write('small.csv', 'id,name,x\n1,a,2.5\n2,b,3.5\n');
    const partial = () => readdirSync(dir.path).filter((name) => name.endsWith('.partial'));
    const killed = dir.start(['repair', 'big.csv', '-o', 'clean.csv']);
    await until(() => partial().length === 2, 'the repair does not begin');
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    assert.equal(partial().length, 2, 'the repair was over before it was killed');
    const running = `.clean.csv.${await ownerTag()}.partial`;
    dir.write(running, 'being written');
    assert.equal(dir.call(['repair', 'small.csv', '-o', 'clean.csv']).code, 0);
    assert.deepEqual(partial(), [running]);
    dir.remove();
  });

  it('beside a metrics file is removed when it is written again', async () => {
    const dir = made();
    dir.write(`metrics/.nightshift-${await tagOfDead()}-1.tmp`, 'half');
    assert.equal(dir.call(['run', 'job.yaml', '--quiet', '--metrics', 'metrics/run.prom']).code, 0);
    assert.deepEqual(readdirSync(join(dir.path, 'metrics')), ['run.prom']);
    dir.remove();
  });
});
