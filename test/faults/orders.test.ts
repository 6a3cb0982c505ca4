import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { leftovers, modelRun, published, rowsOf } from './made-job.js';

/** A job over `in/a.csv` to `in/d.csv`. */
function fourPartitions(dir: Workdir): string {
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) dir.write(`in/${name}.csv`, rowsOf(20 + i));
  return modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
}

function succeeded(dir: Workdir): boolean {
  return existsSync(join(dir.path, 'out/_SUCCESS'));
}

describe('_SUCCESS', () => {
  it('goes as soon as a call sees a partition that is not published, also one that is not its own', () => {
    for (const args of [
      ['--shard', '1/5'],
      ['--partition', 'a'],
      ['--partition', 'a', '--force'],
    ]) {
      const dir = workdir();
      const job = fourPartitions(dir);
      assert.equal(dir.call(['run', job, '--quiet']).code, 0);
      assert.ok(succeeded(dir));
      dir.write('in/late.csv', rowsOf(5));
      assert.equal(dir.call(['run', job, ...args, '--quiet']).code, 0);
      assert.equal(succeeded(dir), false, `it stands after run ${args.join(' ')}`);
      assert.equal(dir.call(['run', job, '--quiet']).code, 0);
      assert.ok(succeeded(dir));
      dir.remove();
    }
  });

  it('stays where a shard finds everything done', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    assert.equal(dir.call(['run', job, '--shard', '1/2', '--quiet']).code, 0);
    assert.ok(succeeded(dir));
  });
});

describe('retry', () => {
  it('of what failed does not end well while partitions of the job were never scored: 5, naming run', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    const early = dir.call(['retry', job, '--quiet']);
    assert.equal(early.code, 5, early.stderr);
    assert.equal(lastLine(early).reason, 'incomplete');
    assert.match(lastLine(early).error!.hint!, /nightshift run/);
    assert.equal(dir.call(['run', job, '--partition', '[ab]', '--quiet']).code, 0);
    assert.equal(dir.call(['retry', job, '--quiet']).code, 5);
    assert.equal(dir.call(['retry', job, '--partition', 'a', '--quiet']).code, 0);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const late = dir.call(['retry', job, '--quiet']);
    assert.equal(late.code, 0, late.stderr);
    assert.equal(lastLine(late).partitions.planned, 0);
    assert.ok(succeeded(dir));
  });

  it('does not end well when what was held is not the input any more', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    dir.write(
      'job.yaml',
      dir.read('job.yaml').replace('max_rejected: 50%', 'max_rejected: 50%, min_rows: 80'),
    );
    dir.write('in/b.csv', 'id,y\n1,2\n');
    assert.equal(dir.call(['run', job, '--quiet']).code, 4);
    dir.write('in/a.csv', rowsOf(30));
    dir.write('in/b.csv', rowsOf(30));
    const retried = dir.call(['retry', job, '--quiet']);
    assert.equal(retried.code, 5, retried.stderr);
    assert.match(lastLine(retried).error!.message, /1 of 4 partitions .* the first is "a"/);
    assert.deepEqual(Object.keys(published(dir)), []);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    assert.equal(Object.keys(published(dir)).length, 9);
  });
});

describe('a finish that is killed while it publishes what was held', () => {
  for (const command of ['finish', 'run', 'retry']) {
    it(`is ended by the next ${command}`, () => {
      const dir = workdir();
      const job = fourPartitions(dir);
      const text = dir.read('job.yaml');
      dir.write('job.yaml', text.replace('max_rejected: 50%', 'max_rejected: 50%, min_rows: 80'));
      assert.equal(dir.call(['run', job, '--shard', '1/1', '--quiet']).code, 0);
      const killed = dir.nightshift(['finish', job, '--quiet'], { NIGHTSHIFT_CRASH_AT: 'released' });
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      assert.deepEqual(Object.keys(published(dir)), []);
      const again = dir.call([command, job, '--quiet']);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(Object.keys(published(dir)).length, 9);
      assert.deepEqual(leftovers(dir), []);
    });
  }
});

describe('a gate of the run that closes on partitions which are published', () => {
  it('leaves their files on record: the next run that passes replaces them, another format and all', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    const gated = dir.read('job.yaml').replace('max_rejected: 50%', 'max_rejected: 50%, min_rows: 80');
    dir.write('job.yaml', gated);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const before = published(dir);
    dir.write('job.yaml', gated.replace('format: csv', 'format: arrow'));
    dir.write('in/d.csv', rowsOf(1));
    for (const crash of ['dropped', '']) {
      const closed = dir.nightshift(['run', job, '--quiet'], { NIGHTSHIFT_CRASH_AT: crash });
      if (crash === '') assert.equal(closed.code, 3, closed.stderr);
      const { _SUCCESS: _, ...files } = before;
      assert.deepEqual(published(dir), files);
      const record = JSON.parse(dir.read('out/_nightshift/partitions/a.json'));
      assert.equal(record.state, 'gated');
      assert.ok(record.outputs.some(({ path }: { path: string }) => path === 'part-a.csv'));
    }
    assert.match(dir.call(['status', job]).stdout, /4 gated/);
    dir.write('in/d.csv', rowsOf(23));
    const passed = dir.call(['run', job, '--quiet']);
    assert.equal(passed.code, 0, passed.stderr);
    assert.deepEqual(
      Object.keys(published(dir)).filter((name) => name.endsWith('.csv')),
      [],
    );
    assert.deepEqual(leftovers(dir), []);
  });
});

describe('a publishing that cannot be carried out', () => {
  it('is done again, and no file of the earlier one is left', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    dir.write('job.yaml', dir.read('job.yaml').replace('format: csv', 'format: arrow'));
    const runA = ['run', job, '--partition', 'a', '--quiet'];
    assert.equal(dir.nightshift(runA, { NIGHTSHIFT_CRASH_AT: 'intended' }).signal, 'SIGKILL');
    dir.remove('out/_nightshift/staging');
    assert.equal(dir.nightshift(runA, { NIGHTSHIFT_CRASH_AT: 'staged' }).signal, 'SIGKILL');
    assert.match(dir.call(['status', job]).stdout, /^a +interrupted/m);
    dir.remove('in/a.csv');
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const left = Object.keys(published(dir)).filter((name) => /csv|-a\b/.test(name));
    assert.deepEqual(left, []);
  });
});

describe('a run whose summary cannot be written', () => {
  it('says what it published all the same, and the rerun writes it', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    // A folder with the summary's name makes its write fail, as a full disk would.
    dir.write('out/_summary.json/in-the-way', '');
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 2, ran.stderr);
    assert.equal(lastLine(ran).reason, 'is-a-folder');
    assert.deepEqual(lastLine(ran).partitions, { planned: 4, published: 4, failed: 0, skipped: 0 });
    assert.equal(lastLine(ran).rows.read, 20 + 21 + 22 + 23);
    assert.equal(lastLine(ran).summary, null);
    assert.equal(succeeded(dir), false);
    dir.remove('out/_summary.json');
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(lastLine(again).partitions.skipped, 4);
    assert.ok(succeeded(dir));
  });
});

describe('a run folder that somebody wrote into', () => {
  it('is read as far as it makes sense: what is no record, intent, claim or mark of ours counts as none', () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const before = published(dir);
    const own = 'out/_nightshift';
    const record = dir.read(`${own}/partitions/b.json`);
    for (const [name, text] of [
      ['partitions/a', 'null'],
      ['partitions/b', record.replace('"partition":"b"', '"partition":"../../../precious"')],
      ['partitions/c', '{"version":1,"partition":"c","state":"published"}'],
      ['partitions/x', record],
      ['intents/a', 'null'],
      ['intents/b', '{"version":1}'],
      ['intents/c', '{"version":1,"record":{"partition":"d"},"moves":[],"stale":[]}'],
      ['held/d', '{"version":1}'],
      ['held/a', '{"version":1,"record":{"partition":"a"},"moves":[],"stale":[]}'],
      ['claims/x', 'null'],
      ['claims/y', '{}'],
      ['claims/z', '[{"partitions":null}]'],
      ['attempts/d', 'null'],
      ['attempts/c', '7'],
    ])
      dir.write(`${own}/${name}.json`, text!);
    dir.write('precious.json', 'keep');
    const status = dir.call(['status', job]);
    assert.equal(status.code, 0, status.stderr);
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(published(dir), before);
    assert.equal(dir.read('precious.json'), 'keep');
    const third = dir.call(['run', job, '--quiet']);
    assert.equal(lastLine(third).partitions.skipped, 4, third.stdout);
  });
});

describe('named pipes where files of ours belong', () => {
  it('count as no file: no command waits for their writer', { timeout: 120_000 }, async () => {
    const dir = workdir();
    const job = fourPartitions(dir);
    dir.write('out/_nightshift/partitions/b.json', '');
    dir.write('out/_nightshift/claims/x.json', '');
    dir.write('out/_nightshift/intents/x.json', '');
    for (const name of [
      '_nightshift/partitions/a',
      '_nightshift/claims/y',
      '_nightshift/intents/a',
      '_nightshift/last-run',
      '_summary',
      '_manifest',
    ])
      execFileSync('mkfifo', [join(dir.path, `out/${name}.json`)]);
    const first = await dir.start(['status', job]).ended;
    assert.equal(first.code, 0, first.stderr);
    const ran = await dir.start(['run', job, '--quiet']).ended;
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).partitions.published, 4);
    assert.equal(JSON.parse(dir.read('out/_summary.json')).exit_code, 0);
  });
});
