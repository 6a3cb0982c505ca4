import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ChallengerSummary } from '../../src/quality/summary.js';
import { lastLine, type Workdir } from '../workdir.js';
import { call, dated, holdForGates, ranWell, run, scored } from './dated-job.js';
import { writeTable } from './write-table.js';

const input = 'path: in/*, since: { key: id }';
const columns = 'id: { type: int64, missing: reject }';

const write = (dir: Workdir, name: string, ...ids: readonly number[]) =>
  dir.write(`in/${name}.csv`, `id,x\n${ids.map((id) => `${id},${id}\n`).join('')}`);
const append = (dir: Workdir, name: string, ...rows: readonly string[]) =>
  appendFileSync(join(dir.path, `in/${name}.csv`), rows.map((one) => `${one}\n`).join(''));

describe('input.since with a key', () => {
  it('takes the rows whose key no other run has published, in whatever file they come', () => {
    const dir = dated(input, '', columns);
    write(dir, 'a', 1, 2, 3);
    ranWell(run(dir, '2013-01-01'));
    append(dir, 'a', '9,9');
    write(dir, 'b', 3, 4, 1, 5);
    const { rows, verdict } = lastLine(ranWell(run(dir, '2013-01-02')));
    assert.deepEqual([rows.read, rows.scored, rows.left_out, verdict], [3, 3, 5, 'good']);
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '9', 'part-b.csv': '4 5' });
    assert.match(dir.read('out/tiny/date=2013-01-02/part-b.csv'), /^5,5,ok,,b\.csv,4$/m);
    const { findings } = JSON.parse(dir.read('out/tiny/date=2013-01-02/_manifest.json')).partitions[0].input;
    assert.deepEqual(
      findings.map(({ sentence }: { sentence: string }) => sentence),
      [
        'rows with the key ("id") of published rows are left out, because other runs of the job have scored them',
      ],
    );
  });

  it('takes the same rows when a date is run again, and those of a folder that is gone', () => {
    const dir = dated(input, '', columns);
    write(dir, 'a', 1);
    ranWell(run(dir, '2013-01-01'));
    append(dir, 'a', '2,2');
    ranWell(run(dir, '2013-01-02'));
    append(dir, 'a', '3,3');
    ranWell(run(dir, '2013-01-03'));
    for (const date of ['2013-01-02', '2013-01-01', '2013-01-03']) ranWell(run(dir, date, '--force'));
    const ids = () => ['01', '02', '03'].map((day) => scored(dir, `2013-01-${day}`)['part-a.csv']);
    assert.deepEqual(ids(), ['1', '2', '3']);
    // The file has not changed since, but its latest reader left this row to another run.
    rmSync(join(dir.path, 'out/tiny/date=2013-01-02'), { recursive: true });
    ranWell(run(dir, '2013-01-04'));
    assert.deepEqual(scored(dir, '2013-01-04'), { 'part-a.csv': '2' });
    const none = lastLine(ranWell(run(dir, '2013-01-05')));
    assert.deepEqual([none.rows.read, none.rows.left_out, none.verdict], [0, 3, 'good']);
  });

  it('takes no key twice when another date took what a shard held', () => {
    const dir = dated(input, '', columns);
    holdForGates(dir);
    write(dir, 'a', 1);
    ranWell(run(dir, '2013-01-01'));
    append(dir, 'a', '2,2');
    ranWell(call(dir, 'plan', 'job.yaml', '--date', '2013-01-02', '--save'));
    assert.equal(lastLine(ranWell(run(dir, '2013-01-02', '--shard', '1/1'))).reason, 'held');
    const status = () => call(dir, 'status', 'job.yaml', '--date', '2013-01-02').stdout;
    assert.match(status(), /^a\S* +held .* waits for the gates/m);
    ranWell(run(dir, '2013-01-03'));
    assert.match(status(), /^a\S* +not-started .* must be scored again; .*what other runs have scored$/m);
    assert.match(status(), /^1 not-started$/m);
    const finished = call(dir, 'finish', 'job.yaml', '--date', '2013-01-02');
    assert.deepEqual([finished.code, lastLine(finished).reason], [5, 'incomplete']);
    ranWell(run(dir, '2013-01-02', '--shard', '1/1'));
    ranWell(call(dir, 'finish', 'job.yaml', '--date', '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '' });
    assert.deepEqual(scored(dir, '2013-01-03'), { 'part-a.csv': '2' });
  });

  it('lets challengers score the new rows alone, as a watermark does', () => {
    for (const since of ['key: id', 'watermark: id']) {
      const dir = dated(`path: in/*, since: { ${since} }`, '', columns);
      const text = dir.read('job.yaml').replace('path: m.onnx', 'path: m.onnx, challengers: [m.onnx]');
      dir.write('job.yaml', text.replace('isolation: none', 'isolation: process'));
      write(dir, 'a', 1, 2, 3);
      ranWell(run(dir, '2013-01-01'));
      append(dir, 'a', '4,4', '5,5');
      const { rows } = lastLine(ranWell(run(dir, '2013-01-02')));
      assert.deepEqual([rows.scored, rows.left_out], [2, 3]);
      const { challengers } = JSON.parse(dir.read('out/tiny/date=2013-01-02/_summary.json'));
      assert.deepEqual(
        challengers.map((one: ChallengerSummary) => [one.rows.scored, one.rows.not_scored, one.failure]),
        [[2, 0, null]],
      );
      assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '4 5' });
    }
  });

  it('takes a row again that was rejected, never one without a key, and finds repeated keys among the rest', () => {
    for (const files of [['a'], ['a', 'b']]) {
      const key =
        'id: { type: int64, missing: reject, key: true, repeated: reject }, x: { type: float32, missing: reject }';
      const dir = dated(input, '', key);
      dir.write(
        'job.yaml',
        dir.read('job.yaml').replace('quality: {', 'quality: { max_rejected: 100%, max_repeated: 100%,'),
      );
      write(dir, 'a', 1);
      if (files.length > 1) write(dir, 'b', 8);
      append(dir, 'a', '2,', ',7');
      ranWell(run(dir, '2013-01-01'));
      dir.write('in/a.csv', dir.read('in/a.csv').replace('2,\n', '2,2\n'));
      for (const name of files) append(dir, name, '1,1', '4,4', '4,5', 'x,6');
      const { rows } = lastLine(ranWell(run(dir, '2013-01-02')));
      const one: Record<string, string> = { 'part-a.csv': '2 4' };
      assert.deepEqual(scored(dir, '2013-01-02'), files.length > 1 ? { ...one, 'part-b.csv': '' } : one);
      assert.deepEqual([rows.left_out, rows.rejected], files.length > 1 ? [4, 6] : [2, 3]);
    }
  });

  it('knows keys of every type in every format of output, in many slices and with any number of workers', async () => {
    const texts: Record<string, (id: number) => string> = {
      int64: (id) => String(9_007_199_254_740_993n + BigInt(id)),
      timestamp: (id) => `2013-01-01T00:00:00.${String(id).padStart(6, '0')}Z`,
      date: (id) => new Date(Date.UTC(2013, 0, id)).toISOString().slice(0, 10),
      float64: (id) => String(id / 7),
      float32: (id) => String(Math.fround(id / 7)),
      string: (id) => `${id % 2 === 0 ? ' "a,' : 'NA'}${id}${id % 3 === 0 ? '\u{1f600}  ' : ''}`,
    };
    for (const format of ['csv', 'jsonl', 'parquet', 'arrow'] as const)
      for (const [type, textOf] of Object.entries(texts)) {
        if (format === 'csv' && type === 'string') continue;
        const workers = format === 'csv' && type === 'int64' ? 'workers: 2' : 'workers: 1, isolation: none';
        const dir = dated(
          'path: in/a.jsonl, since: { key: [id, n] }',
          '',
          `id: { type: ${type}, missing: reject }, n: { type: int32, missing: reject }`,
        );
        const job = dir
          .read('job.yaml')
          .replace('workers: 1, isolation: none', `${workers}, chunk_bytes: 1KiB`)
          .replace('format: csv, columns: [id]', `format: ${format}, columns: [n, id]`);
        dir.write('job.yaml', job);
        const put = (ids: readonly number[]) =>
          writeTable(dir, 'jsonl', 'in/a', {
            names: ['id', 'x', 'n'],
            rows: ids.map((id) => [textOf(id), '1', String(id % 5)]),
          });
        const old = Array.from({ length: 300 }, (_, i) => (i * 7919) % 997);
        await put(old);
        ranWell(run(dir, '2013-01-01'));
        const more = Array.from({ length: 200 }, (_, i) => 1000 + i);
        await put([...more.slice(0, 50), ...old, ...more.slice(50)]);
        const { rows } = lastLine(ranWell(run(dir, '2013-01-02')));
        assert.deepEqual([rows.scored, rows.left_out], [200, 300], `${type} ${format}`);
      }
  });

  it('knows what a date has published although its last try failed', () => {
    const dir = dated(input, '', columns);
    write(dir, 'a', 1);
    ranWell(run(dir, '2013-01-01'));
    dir.write('in/a.csv', 'id\n1\n');
    assert.equal(run(dir, '2013-01-01', '--force').code, 2);
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1' });
    write(dir, 'a', 1, 2);
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '2' });
  });

  it('needs columns that published files have, exactly, and in every row', () => {
    const cases: [string, string, string, RegExp][] = [
      ['no', columns, '[id]', /"input\.since\.key" must be a column of "columns", found "no"/],
      ['[id, no]', columns, '[id]', /"input\.since\.key\[1\]" must be a column of "columns"/],
      [
        'id',
        'id: { type: int64 }',
        '[id]',
        /would score rows without "id" again and again.*missing: reject/s,
      ],
      ['id', columns, '[]', /must be copied by "output\.columns"/],
      ['id', columns.replace('int64', 'string'), '[id]', /cannot be a text in CSV files/],
    ];
    for (const [key, described, carried, message] of cases) {
      const dir = dated(`path: in/*, since: { key: ${key} }`, '', described);
      dir.write('job.yaml', dir.read('job.yaml').replace('columns: [id]', `columns: ${carried}`));
      const { code, stderr } = call(dir, 'check', 'job.yaml');
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  it('ends where the keys of another run cannot be read', async () => {
    const dir = dated(input, '', columns);
    write(dir, 'a', 1);
    const killed = await dir.start(['run', 'job.yaml', '--date', '2013-01-01'], {
      NIGHTSHIFT_CRASH_AT: 'intended',
    }).ended;
    assert.equal(killed.signal, 'SIGKILL');
    append(dir, 'a', '2,2');
    const { exit_code, error } = lastLine(run(dir, '2013-01-02'));
    assert.equal(exit_code, 5);
    assert.match(error!.message, /has decided to publish partition "a" .* but was stopped/);
    ranWell(run(dir, '2013-01-01'));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1 2' });
    append(dir, 'a', '3,3');
    rmSync(join(dir.path, 'out/tiny/date=2013-01-01/part-a.csv'));
    assert.equal(lastLine(run(dir, '2013-01-02')).exit_code, 5);
    ranWell(run(dir, '2013-01-01'));
    append(dir, 'a', '4,4');
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '4' });
  });
});
