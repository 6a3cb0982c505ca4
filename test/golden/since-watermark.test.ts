import assert from 'node:assert/strict';
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, said, type Workdir } from '../workdir.js';
import { call, dated, holdForGates, ranWell, run, scored } from './dated-job.js';
import { writeTable } from './write-table.js';

const input = 'path: in/*.csv, since: { watermark: at }';
const columns = 'id: { type: int64 }, at: { type: timestamp }';

/** A job over `in/a.csv` with a time in each row. */
function timed(rows: string, more = ''): Workdir {
  const dir = dated(input, more, columns);
  write(dir, rows);
  return dir;
}

const row = (id: number, time: string) => `${id},${id},2013-01-01 ${time}\n`;
const write = (dir: Workdir, rows: string, name = 'a') => dir.write(`in/${name}.csv`, `id,x,at\n${rows}`);
const append = (dir: Workdir, rows: string, name = 'a') =>
  appendFileSync(join(dir.path, `in/${name}.csv`), rows);

interface Found {
  readonly code: string;
  readonly level: string;
  readonly sentence: string;
}

/** Returns the findings about the rows that a date left out, from its manifest. */
function notesOf(dir: Workdir, date: string): string[] {
  const { partitions } = JSON.parse(dir.read(`out/tiny/date=${date}/_manifest.json`));
  const found: Found[] = partitions.flatMap((one: { input: { findings: Found[] } }) => one.input.findings);
  return found
    .filter(({ code }) => /rows$|rows-left-out|changed-input/.test(code))
    .map(({ code, level, sentence }) => `${level} ${code}: ${sentence}`);
}

describe('input.since with a watermark', () => {
  it('takes of a file that has grown only the rows beyond those that other runs have scored', () => {
    const dir = timed(row(1, '08:00') + row(2, '09:00'));
    assert.equal(lastLine(ranWell(run(dir, '2013-01-01'))).rows.left_out, 0);
    append(dir, row(3, '09:30') + row(4, '10:00'));
    const ran = ranWell(run(dir, '2013-01-02', '--text'));
    assert.match(ran.stderr, /^rows +2 read = 2 scored \+ 0 rejected; 2 rows left out$/m);
    const { rows, verdict } = lastLine(ran);
    assert.deepEqual([rows.read, rows.scored, rows.rejected, rows.left_out], [2, 2, 0, 2]);
    assert.equal(verdict, 'good');
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '3 4' });
    assert.match(dir.read('out/tiny/date=2013-01-02/part-a.csv'), /^3,3,ok,,a\.csv,3$/m);
    assert.deepEqual(notesOf(dir, '2013-01-02'), [
      'note rows-left-out: rows with "at" up to 2013-01-01T09:00:00Z are left out, because other runs of the job have scored them',
    ]);
    const { rows: inSummary } = JSON.parse(dir.read('out/tiny/date=2013-01-02/_summary.json'));
    assert.equal(inSummary.left_out, 2);
    assert.match(
      dir.read('out/tiny/date=2013-01-02/_summary.html'),
      /2 rows were left out, because other runs/,
    );
    const status = call(dir, 'status', 'job.yaml', '--date', '2013-01-02').stdout;
    assert.match(status, /partition +state +rows +rejected +left out +tries/);
    assert.equal(lastLine(run(dir, '2013-01-03')).reason, 'nothing-new');
  });

  it('takes the same rows again when a date is run again, whatever ran since', () => {
    const dir = timed(row(1, '08:00'));
    ranWell(run(dir, '2013-01-01'));
    append(dir, row(2, '09:00') + row(3, '10:00'));
    ranWell(run(dir, '2013-01-02'));
    append(dir, row(4, '11:00'));
    ranWell(run(dir, '2013-01-03'));
    const published = () =>
      ['2013-01-01', '2013-01-02', '2013-01-03'].map((date) => dir.read(`out/tiny/date=${date}/part-a.csv`));
    const before = published();
    for (const date of ['2013-01-02', '2013-01-01', '2013-01-03', '2013-01-02'])
      ranWell(run(dir, date, '--force'));
    assert.deepEqual(published(), before);
    // A date that has read the whole file has not scored the whole file.
    rmSync(join(dir.path, 'out/tiny/date=2013-01-02'), { recursive: true });
    ranWell(run(dir, '2013-01-04'));
    assert.deepEqual(scored(dir, '2013-01-04'), { 'part-a.csv': '2 3' });
    assert.equal(lastLine(run(dir, '2013-01-05')).reason, 'nothing-new');
  });

  it('leaves out late rows, also with the greatest value scored before, counts them, and says which date takes them', () => {
    const dir = timed(row(1, '08:00') + row(2, '09:00'));
    ranWell(run(dir, '2013-01-01'));
    append(dir, row(3, '09:00') + row(4, '08:30') + row(5, '10:00'));
    const late = lastLine(ranWell(run(dir, '2013-01-02')));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '5' });
    assert.equal(late.rows.left_out, 4);
    assert.equal(late.verdict, 'check');
    assert.equal(
      late.hint,
      'run the dates that are named again with --force: each takes the rows that belong to it',
    );
    assert.equal(
      notesOf(dir, '2013-01-02')[1],
      'check late-rows: 2 rows came late and are not scored: with "at" up to 2013-01-01T09:00:00Z, which other runs had already scored; to score them, run again with --force: date=2013-01-01',
    );
    ranWell(run(dir, '2013-01-01', '--force'));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1 2 3 4' });
    ranWell(run(dir, '2013-01-02', '--force'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '5' });
    assert.equal(notesOf(dir, '2013-01-02').length, 1);
  });

  it('takes an updated row again, and says that it is gone from where it was', () => {
    const dir = timed(row(1, '08:00') + row(2, '09:00'));
    ranWell(run(dir, '2013-01-01'));
    write(dir, row(1, '11:00') + row(2, '09:00'));
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '1' });
    assert.equal(
      notesOf(dir, '2013-01-02')[1],
      'note gone-rows: 1 row that other runs have scored, with "at" up to 2013-01-01T09:00:00Z, is no longer there, or has a greater value by now',
    );
  });

  it('rejects rows without a readable watermark, by name, and keeps its place in the file', () => {
    const dir = timed(row(1, '08:00'), 'redact: [x]');
    ranWell(run(dir, '2013-01-01'));
    dir.write('job.yaml', dir.read('job.yaml').replace('quality: {', 'quality: { max_rejected: 100%,'));
    append(dir, `2,2,soon\n3,3,\n${row(4, '09:00')}`);
    const { rows } = lastLine(ranWell(run(dir, '2013-01-02')));
    assert.deepEqual([rows.read, rows.scored, rows.rejected, rows.left_out], [3, 1, 2, 1]);
    const rejects = dir
      .read('out/tiny/date=2013-01-02/_rejects/part-a.ndjson')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      rejects.map((one) => [one.code, one.column, one.row, one.line, one.found]),
      [
        ['missing-watermark', 'at', 2, 3, 'soon'],
        ['missing-watermark', 'at', 3, 4, ''],
      ],
    );
    assert.match(dir.read('out/tiny/date=2013-01-02/part-a.csv'), /^4,4,ok,,a\.csv,4$/m);
  });

  it('ends well when a file was only touched, and reads a file again after it shrank', () => {
    const dir = timed(row(1, '08:00') + row(2, '09:00'));
    ranWell(run(dir, '2013-01-01'));
    write(dir, row(2, '09:00'));
    const ran = ranWell(run(dir, '2013-01-02', '--text'));
    const { rows, verdict } = lastLine(ran);
    assert.deepEqual([rows.read, rows.left_out, verdict], [0, 1, 'good']);
    assert.match(ran.stderr, /^GOOD +There were no new rows to score; 1 row left out\.$/m);
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '' });
    append(dir, row(3, '10:00'));
    ranWell(run(dir, '2013-01-03'));
    assert.deepEqual(scored(dir, '2013-01-03'), { 'part-a.csv': '3' });
  });

  it('belongs to a file: another file is new, and one that a run failed on is taken as a whole', () => {
    const dir = timed(row(1, '08:00') + row(2, '12:00'));
    dir.write('in/b.csv', 'id,at\n7,2013-01-01 07:00\n');
    assert.equal(run(dir, '2013-01-01').code, 4);
    append(dir, row(3, '13:00'));
    write(dir, row(7, '07:00'), 'b');
    write(dir, row(8, '08:00'), 'c');
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '3', 'part-b.csv': '7', 'part-c.csv': '8' });
    ranWell(run(dir, '2013-01-01'));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1 2' });
  });

  it('finds repeated keys among the rows that it takes', () => {
    const key = columns.replace('type: int64', 'type: int64, key: true, repeated: reject');
    for (const files of [['a'], ['a', 'b']]) {
      const dir = dated(input, '', key);
      for (const name of files)
        write(dir, files.length > 1 && name === 'b' ? row(9, '08:00') : row(1, '08:00'), name);
      ranWell(run(dir, '2013-01-01'));
      dir.write(
        'job.yaml',
        dir.read('job.yaml').replace('quality: {', 'quality: { max_rejected: 100%, max_repeated: 100%,'),
      );
      for (const name of files) append(dir, row(1, '09:00') + row(2, '10:00'), name);
      ranWell(run(dir, '2013-01-02'));
      const one: Record<string, string> =
        files.length > 1 ? { 'part-a.csv': '1 2', 'part-b.csv': '' } : { 'part-a.csv': '1 2' };
      assert.deepEqual(scored(dir, '2013-01-02'), one);
    }
  });

  it('takes no row twice when another date runs between two shards', () => {
    const dir = timed(row(1, '08:00'));
    write(dir, row(5, '08:00'), 'b');
    ranWell(run(dir, '2013-01-01'));
    append(dir, row(2, '09:00'));
    append(dir, row(6, '07:30') + row(7, '10:00'), 'b');
    ranWell(call(dir, 'plan', 'job.yaml', '--date', '2013-01-02', '--save'));
    ranWell(run(dir, '2013-01-02', '--shard', '1/2'));
    // It takes what the other shard has not published, which then finds nothing left.
    ranWell(run(dir, '2013-01-03', '--partition', 'a'));
    assert.equal(lastLine(run(dir, '2013-01-02', '--shard', '2/2')).reason, 'plan-changed');
    const all = ['2013-01-01', '2013-01-02', '2013-01-03'].flatMap((date) =>
      Object.values(scored(dir, date)).flatMap((ids) => ids.split(' ').filter((id) => id !== '')),
    );
    assert.deepEqual(all.sort(), ['1', '2', '5', '7']);
  });

  it('takes no row twice when another date took what a shard held, and the folder of a third is gone', () => {
    const dir = timed(row(1, '08:00'));
    holdForGates(dir);
    ranWell(run(dir, '2013-01-01'));
    append(dir, row(2, '09:00'));
    ranWell(call(dir, 'plan', 'job.yaml', '--date', '2013-01-02', '--save'));
    assert.equal(lastLine(ranWell(run(dir, '2013-01-02', '--shard', '1/1'))).reason, 'held');
    ranWell(run(dir, '2013-01-03'));
    // Without it the file has new rows again: the plan of the second date has it, and so has the held partition.
    rmSync(join(dir.path, 'out/tiny/date=2013-01-01'), { recursive: true });
    const finished = call(dir, 'finish', 'job.yaml', '--date', '2013-01-02');
    assert.deepEqual([finished.code, lastLine(finished).reason], [5, 'incomplete']);
    ranWell(run(dir, '2013-01-02', '--shard', '1/1'));
    ranWell(call(dir, 'finish', 'job.yaml', '--date', '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '1' });
    assert.deepEqual(scored(dir, '2013-01-03'), { 'part-a.csv': '2' });
  });

  it('over a range of dates takes each row once', () => {
    const dir = timed(row(1, '08:00'));
    const range = ['run', 'job.yaml', '--from', '2013-01-01', '--to', '2013-01-02'];
    ranWell(call(dir, ...range));
    append(dir, row(2, '09:00'));
    // The first date takes again what it took, and what has arrived.
    ranWell(call(dir, ...range));
    assert.deepEqual(scored(dir, '2013-01-01'), { 'part-a.csv': '1 2' });
  });

  it('takes the same rows from every format and type, in many slices and with any number of workers', async () => {
    const count = 300;
    // Rows in no order, and every value several times.
    const marks = Array.from({ length: count }, (_, i) => (i * 7919) % 97);
    const texts: Record<string, (mark: number) => string> = {
      timestamp: (mark) => new Date(Date.UTC(2013, 0, 1, 0, mark)).toISOString(),
      date: (mark) => new Date(Date.UTC(2013, 0, mark)).toISOString().slice(0, 10),
      int64: (mark) => String(9_007_199_254_740_993n + BigInt(mark)),
      float64: (mark) => String(mark / 8),
      string: (mark) => `v${String(mark).padStart(3, '0')}`,
    };
    const old = (i: number) => i < 200 && marks[i]! <= 60;
    const rest = marks.flatMap((_, i) => (old(i) ? [] : [i]));
    const isLate = (i: number) => marks[i]! <= 60;
    for (const [type, textOf] of Object.entries(texts))
      for (const format of ['csv', 'jsonl', 'parquet', 'arrow'] as const) {
        const workers =
          format === 'csv' && type === 'timestamp' ? 'workers: 2' : 'workers: 1, isolation: none';
        const dir = dated(
          `path: in/a.${format}, since: { watermark: at }`,
          '',
          `id: { type: int64 }, at: { type: ${type} }`,
        );
        const job = dir
          .read('job.yaml')
          .replace('workers: 1, isolation: none', `${workers}, chunk_bytes: 1KiB`);
        dir.write('job.yaml', job);
        const rows = (some: readonly number[]) => some.map((i) => [String(i), String(i), textOf(marks[i]!)]);
        const put = (some: readonly number[]) =>
          writeTable(dir, format, 'in/a', { names: ['id', 'x', 'at'], rows: rows(some) });
        await put([...marks.keys()].filter(old));
        ranWell(run(dir, '2013-01-01'));
        await put([...marks.keys()]);
        const { rows: counts } = lastLine(ranWell(run(dir, '2013-01-02')));
        const what = `${type} ${format}`;
        assert.equal(counts.left_out, count - rest.filter((i) => !isLate(i)).length, what);
        const taken = rest.filter((i) => !isLate(i)).join(' ');
        assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': taken }, what);
        const late = rest.filter(isLate).length;
        assert.match(
          notesOf(dir, '2013-01-02')[1]!,
          new RegExp(`^check late-rows: ${late} rows came late`),
          what,
        );
      }
  });

  it('says in `plan` and `check` which rows are left out', () => {
    const dir = timed(row(1, '08:00'));
    ranWell(run(dir, '2013-01-01'));
    append(dir, row(2, '09:00'));
    const sentence = /rows with \\?"at\\?" up to 2013-01-01T08:00:00Z are left out/;
    for (const command of ['plan', 'check']) {
      const { code, stdout } = call(dir, command, 'job.yaml', '--date', '2013-01-02');
      assert.equal(code, 0);
      assert.match(stdout, sentence);
    }
  });

  it('scores a changed file as a whole where earlier runs have kept no watermark of it', () => {
    const dir = dated(input.replace('{ watermark: at }', 'last'), '', columns);
    write(dir, row(1, '08:00'));
    write(dir, row(8, '08:00'), 'b');
    ranWell(run(dir, '2013-01-01'));
    dir.write('job.yaml', dir.read('job.yaml').replace('since: last', 'since: { watermark: at }'));
    append(dir, row(2, '09:00'));
    ranWell(run(dir, '2013-01-02'));
    assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '1 2' });
    assert.match(notesOf(dir, '2013-01-02').join(), /changed-input/);
    append(dir, row(3, '10:00'));
    ranWell(run(dir, '2013-01-03'));
    assert.deepEqual(scored(dir, '2013-01-03'), { 'part-a.csv': '3' });
  });

  it('loses and repeats nothing after a kill', async () => {
    for (const at of ['staged', 'intended', 'recorded']) {
      const dir = timed(row(1, '08:00'));
      ranWell(run(dir, '2013-01-01'));
      append(dir, row(2, '09:00'));
      const killed = await dir.start(['run', 'job.yaml', '--date', '2013-01-02'], { NIGHTSHIFT_CRASH_AT: at })
        .ended;
      assert.equal(killed.signal, 'SIGKILL', at);
      append(dir, row(3, '10:00'));
      ranWell(run(dir, '2013-01-03'));
      const again = run(dir, '2013-01-02');
      assert.ok(again.code === 0 || again.code === 99, said(again));
      const ids = ['2013-01-01', '2013-01-02', '2013-01-03'].map((date) =>
        existsSync(join(dir.path, `out/tiny/date=${date}`)) ? scored(dir, date)['part-a.csv'] : '',
      );
      assert.deepEqual(
        ids
          .join(' ')
          .split(' ')
          .filter((id) => id !== '')
          .sort(),
        ['1', '2', '3'],
        at,
      );
    }
  });

  it('knows what a date has published although its last try failed or was held back', () => {
    const failing = 'id,at\n1,2013-01-01 08:00\n';
    const rejected = `id,x,at\n${row(1, '08:00')}${'5,5,\n'.repeat(9)}`;
    for (const bad of [failing, rejected]) {
      const dir = timed(row(1, '08:00'));
      write(dir, row(7, '08:00'), 'b');
      ranWell(run(dir, '2013-01-01'));
      dir.write('in/a.csv', bad);
      assert.notEqual(run(dir, '2013-01-01', '--force').code, 0);
      assert.equal(scored(dir, '2013-01-01')['part-a.csv'], '1');
      write(dir, row(1, '08:00') + row(2, '09:00'));
      ranWell(run(dir, '2013-01-02'));
      assert.deepEqual(scored(dir, '2013-01-02'), { 'part-a.csv': '2' });
    }
  });

  it('needs a column whose values can be compared exactly and kept', () => {
    const cases: [string, string, string, RegExp][] = [
      [
        'at',
        'id: { type: int64 }',
        '',
        /"input\.since\.watermark" must be a column of "columns", found "at"/,
      ],
      ['ad', 'at: { type: timestamp }', '', /did you mean "at"\?/],
      ['at', 'at: {}', '', /needs the type of column "at"/],
      ['at', 'at: { type: float32 }', '', /cannot be of type float32.*float64 keeps all digits/s],
      ['at', 'at: { type: boolean }', '', /cannot be of type boolean/],
      ['at', 'at: { type: timestamp }', 'redact: [at]', /names a column of "redact"/],
      ['at', 'at: { type: int64, from: id + 1 }, id: { type: int64 }', '', /must be read from the file/],
    ];
    for (const [name, described, more, message] of cases) {
      const dir = dated(`path: in/*.csv, since: { watermark: ${name} }`, more, described);
      const { code, stderr } = call(dir, 'check', 'job.yaml');
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    const split = dated(`${input}, split: 8MiB`, '', columns);
    assert.match(
      call(split, 'check', 'job.yaml').stderr,
      /belongs to whole files, but "input\.split" is set/,
    );
    const other = dated('path: in/*.csv, since: { wattermark: at }', '', columns);
    assert.match(
      call(other, 'check', 'job.yaml').stderr,
      /"input\.since" must be last, \{ watermark: COLUMN \} or \{ key: COLUMN \}/,
    );
  });
});
