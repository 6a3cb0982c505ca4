import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { claimPartitions } from '../../src/run/publish/claim.js';
import { layoutOf, openRunFolder } from '../../src/run/records/layout.js';
import { lastLine, said } from '../workdir.js';
import { call, dated, ranWell, run, scored } from './dated-job.js';

describe('input.since: last', () => {
  it('takes the files that no run for another date has published, and says so if there is none', () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n2,2\n');
    dir.write('in/b.csv', 'id,x\n3,3\n');
    ranWell(run(dir, '2013-01-01'));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1 2', 'part-b.csv': '3' });
    const none = run(dir, '2013-01-02');
    const { exit_code, reason, error } = lastLine(none);
    assert.deepEqual([exit_code, reason], [99, 'nothing-new']);
    const first = lastLine(ranWell(run(dir, '2013-01-01')));
    assert.deepEqual(first.partitions, { planned: 2, published: 0, failed: 0, skipped: 2 });
    assert.match(
      error!.message,
      /^nothing new at "in\/\*\.csv": all 2 inputs are scored already, the last by run \S+ in "date=2013-01-01"$/,
    );
    dir.write('in/c.csv', 'id,x\n4,4\n');
    const third = lastLine(ranWell(run(dir, '2013-01-02')));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-c.csv': '4' });
    assert.deepEqual(third.partitions, { planned: 1, published: 1, failed: 0, skipped: 0 });
    assert.match(
      dir.read('out/tiny/date=2013-01-02/_summary.json'),
      /other runs of the job have scored them: a\.csv, b\.csv/,
    );
    // A rerun takes the same again, whatever came later.
    ranWell(run(dir, '2013-01-01', '--force'));
    assert.deepEqual(Object.keys(scored(dir, '2013-01-01')), ['part-a.csv', 'part-b.csv']);
  });

  it('takes a changed file again as a whole, and says so; a deleted run folder makes its files new', () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n');
    dir.write('in/b.csv', 'id,x\n2,2\n');
    ranWell(run(dir, '2013-01-01'));
    appendFileSync(join(dir.path, 'in/a.csv'), '3,3\n');
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '1 3' });
    assert.match(dir.read('out/tiny/date=2013-01-02/_summary.json'), /"changed-input"/);
    rmSync(join(dir.path, 'out/tiny/date=2013-01-01'), { recursive: true });
    ranWell(run(dir, '2013-01-03'));
    assert.deepEqual(scored(dir, '2013-01-03'), { 'part-b.csv': '2' });
  });

  it('leaves files to the next run that a run failed on, or was killed before it published', () => {
    const dir = dated('path: in/*.csv, since: last', 'identity: auto\n');
    dir.write('in/a.csv', 'id,x\n1,1\n');
    dir.write('in/b.csv', 'id\n2\n');
    assert.equal(run(dir, '2013-01-01').code, 4);
    dir.write('in/b.csv', 'id,x\n2,2\n');
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-b.csv': '2' });
    // The date that failed on it does not score it too.
    ranWell(run(dir, '2013-01-01'));
    assert.deepEqual(Object.keys(scored(dir, '2013-01-01')), ['part-a.csv']);
  });

  it('does not lose the published files of inputs that are gone', () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n');
    ranWell(run(dir, '2013-01-01'));
    dir.remove('in/a.csv');
    dir.write('in/b.csv', 'id,x\n2,2\n');
    ranWell(run(dir, '2013-01-01'));
    assert.deepEqual(Object.keys(scored(dir, '2013-01-01')), ['part-a.csv', 'part-b.csv']);
    assert.match(call(dir, 'status', 'job.yaml', '--date', '2013-01-01').stdout, /its files stay/);
  });

  it('with identity: sha256 recognizes content under any name and time', () => {
    const dir = dated('path: in/*.csv, since: last', 'identity: sha256\n');
    dir.write('in/a.csv', 'id,x\n1,1\n');
    ranWell(run(dir, '2013-01-01'));
    dir.write('in/copy.csv', 'id,x\n1,1\n');
    utimesSync(join(dir.path, 'in/a.csv'), 1, 1);
    assert.equal(run(dir, '2013-01-02').code, 99);
    dir.write('in/a.csv', 'id,x\n5,1\n');
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '5' });
  });

  it('tells the parts of split files apart', () => {
    const dir = dated('path: in/*.csv, since: last, split: 1KiB');
    dir.write('job.yaml', dir.read('job.yaml').replace('retries: 0', 'retries: 0, chunk_bytes: 512'));
    const rows = Array.from({ length: 400 }, (_, i) => `${i},${i}`).join('\n');
    dir.write('in/a.csv', `id,x\n${rows}\n`);
    ranWell(run(dir, '2013-01-01', '--partition', 'a.1-of-*'));
    ranWell(run(dir, '2013-01-02'));
    const parts = [...Object.keys(scored(dir, '2013-01-01')), ...Object.keys(scored(dir, '2013-01-02'))];
    assert.equal(new Set(parts).size, parts.length);
    const ids = ['2013-01-01', '2013-01-02'].flatMap((date) =>
      Object.values(scored(dir, date)).join(' ').split(' '),
    );
    assert.deepEqual(
      ids.map(Number).sort((a, b) => a - b),
      Array.from({ length: 400 }, (_, i) => i),
    );
  });

  it('needs a folder for each run, and a saved plan for shards, which keeps what it listed', () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n');
    const unpinned = lastLine(run(dir, '2013-01-01', '--shard', '1/2'));
    assert.deepEqual([unpinned.exit_code, unpinned.reason], [2, 'usage']);
    dir.write('in/b.csv', 'id,x\n2,2\n');
    ranWell(call(dir, 'plan', 'job.yaml', '--date', '2013-01-01', '--save'));
    dir.write('in/c.csv', 'id,x\n3,3\n');
    ranWell(run(dir, '2013-01-01', '--shard', '1/2'));
    ranWell(run(dir, '2013-01-01', '--shard', '2/2'));
    ranWell(call(dir, 'finish', 'job.yaml', '--date', '2013-01-01'));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1', 'part-b.csv': '2' });
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-c.csv': '3' });
    const plan = call(dir, 'plan', 'job.yaml', '--date', '2013-01-03');
    assert.equal(plan.code, 99, said(plan));
    dir.write('one.yaml', dir.read('job.yaml').replace(/\/date=\$\{date\}/, ''));
    const refused = call(dir, 'check', 'one.yaml');
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /"input\.since" needs a folder for each run, but "output\.path" has no variable/,
    );
  });

  it('over a range of dates takes each file once, and skips the dates without a new one', () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n');
    const ran = call(dir, 'run', 'job.yaml', '--from', '2013-01-01', '--to', '2013-01-03');
    assert.equal(ran.code, 0, said(ran));
    assert.deepEqual(readdirSync(join(dir.path, 'out/tiny')), ['date=2013-01-01']);
  });

  it('does not run beside a run for another date, which might take the same files', async () => {
    const dir = dated();
    dir.write('in/a.csv', 'id,x\n1,1\n');
    const layout = layoutOf(join(dir.path, 'out/tiny/date=2013-01-01'), 'csv');
    await openRunFolder(layout);
    const claim = await claimPartitions(layout, '20130101T000000Z-000000', null);
    const { exit_code, reason, error } = lastLine(run(dir, '2013-01-02'));
    await claim.release();
    assert.deepEqual([exit_code, reason], [5, 'locked']);
    assert.match(error!.message, /^run 20130101T000000Z-000000 works in ".*date=2013-01-01", and may take/);
    ranWell(run(dir, '2013-01-02'));
  });

  it('takes nothing twice after a kill at any step of a commit', async () => {
    for (const at of [
      'planned',
      'staged',
      'intended',
      'moved-0',
      'synced',
      'recorded',
      'forgotten',
      'settled',
    ]) {
      const dir = dated();
      dir.write('in/a.csv', 'id,x\n1,1\n');
      dir.write('in/b.csv', 'id,x\n2,2\n');
      const killed = await dir.start(['run', 'job.yaml', '--date', '2013-01-01'], { NIGHTSHIFT_CRASH_AT: at })
        .ended;
      assert.equal(killed.signal, 'SIGKILL', at);
      const { code } = run(dir, '2013-01-02');
      assert.ok(code === 0 || code === 99, at);
      const again = run(dir, '2013-01-01');
      assert.ok(again.code === 0 || again.code === 99, said(again));
      const files = readdirSync(join(dir.path, 'out'), { recursive: true, encoding: 'utf8' })
        .filter((name) => /part-\w+\.csv$/.test(name))
        .map((name) => name.replace(/^.*part-/, ''));
      assert.deepEqual(files.sort(), ['a.csv', 'b.csv'], at);
    }
  });
});
