import assert from 'node:assert/strict';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Summary } from '../../src/quality/summary.js';
import { inOneProcess, lastLine, type Ran, sampleJob, type Workdir, workdir } from '../workdir.js';
import { changed, cleanDay, csvOf, type Day, resample } from './made-days.js';

// Days that must not be used unchecked, each with the first cause (docs/quality.md), and days that must be
// good.

const flights = join(process.cwd(), 'data-samples', 'flights');
const baseline = join(process.cwd(), 'data-samples', 'baselines', 'flight-delay.json');

interface BadDay {
  readonly name: string;
  /** Returns the night's file. */
  readonly file: (day: Day) => string | Uint8Array;
  readonly extension?: string;
  readonly verdict?: 'check' | 'bad';
  /** The first finding must have one of these codes, and name `column`. */
  readonly codes: readonly string[];
  readonly column?: string | null;
  readonly quality?: string;
  /** The job has no baseline, so nothing defines what is usual. */
  readonly alone?: true;
  /** Called before the run, for example to score earlier deliveries. */
  readonly before?: (dir: Workdir) => void;
  readonly sizes?: readonly number[];
  readonly code?: number;
}

const full = process.env['NIGHTSHIFT_FULL'] === '1';

const inSize = (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 60);

const badDays: readonly BadDay[] = [
  {
    name: 'every carrier is unknown',
    file: (day) => csvOf(changed(day, ['carrier'], () => 'QQQ')),
    codes: ['unknown-category'],
    column: 'carrier',
  },
  {
    name: 'half of the origins are unknown',
    file: (day) => csvOf(changed(day, ['origin'], () => 'XXX', 0.5)),
    codes: ['unknown-category'],
    column: 'origin',
  },
  {
    name: 'every distance is out of range',
    file: (day) => csvOf(changed(day, ['distance'], (cell) => String(Number(cell) + 10_000))),
    codes: ['out-of-range'],
    column: 'distance',
  },
  {
    name: 'distances are negative',
    file: (day) => csvOf(changed(day, ['distance'], (cell) => `-${cell}`, 0.3)),
    codes: ['out-of-range'],
    column: 'distance',
  },
  {
    name: 'times are fractions of a day',
    file: (day) => csvOf(changed(day, ['sched_dep_time'], (cell) => (Number(cell) / 2400).toFixed(4))),
    codes: ['drift', 'max_drift'],
    column: 'sched_dep_time',
  },
  {
    name: 'distances are in kilometres',
    file: (day) => csvOf(changed(day, ['distance'], (cell) => String(Math.round(Number(cell) * 1.609)))),
    codes: ['drift', 'max_drift'],
    column: 'distance',
    sizes: [900, 5000],
  },
  {
    name: 'half of the distances are in kilometres',
    file: (day) => csvOf(changed(day, ['distance'], (cell) => String(Math.round(Number(cell) * 1.609)), 0.5)),
    codes: ['drift', 'max_drift'],
    column: 'distance',
    sizes: [900, 3000],
  },
  {
    name: 'names of carriers are in lower case in every 25th row',
    file: (day) => csvOf(changed(day, ['carrier'], (cell) => cell.toLowerCase(), 0.04)),
    codes: ['drift', 'unknown-category'],
    column: 'carrier',
    sizes: [3000],
  },
  {
    name: 'delays have the wrong sign',
    file: (day) => csvOf(changed(day, ['dep_delay'], (cell) => (cell === '' ? '' : String(-Number(cell))))),
    codes: ['max_drift', 'drift'],
    column: 'dep_delay',
    sizes: [900],
  },
  {
    name: 'cells are shifted by one in every tenth row',
    file: ({ names, rows }) =>
      csvOf({ names, rows: rows.map((row, i) => (i % 10 === 0 ? [...row.slice(1), ''] : row)) }),
    codes: ['repeated-key', 'unreadable'],
    sizes: [900],
  },
  {
    name: 'unknown delays are 999, which the baseline reaches',
    file: (day) => csvOf(changed(day, ['dep_delay'], () => '999', 0.02)),
    codes: ['drift'],
    column: 'dep_delay',
    sizes: [900, 5000],
  },
  {
    name: 'missing delays are written as None',
    file: (day) => csvOf(changed(day, ['dep_delay'], () => 'None', 0.1)),
    codes: ['unreadable'],
    column: 'dep_delay',
    sizes: [900],
  },
  {
    name: 'the same rows three times over',
    file: (day) => csvOf({ names: day.names, rows: [...day.rows, ...day.rows, ...day.rows] }),
    codes: ['repeated-key'],
    column: 'flight_id',
  },
  {
    name: 'some rows twice',
    file: (day) =>
      csvOf({ names: day.names, rows: [...day.rows, ...day.rows.filter((_, i) => i % 20 === 0)] }),
    codes: ['repeated-key'],
    column: 'flight_id',
  },
  {
    name: 'a file cut in the middle of a row',
    file: (day) => inSize(csvOf(day)),
    codes: ['truncated-row'],
  },
  {
    name: 'a file cut in the last cell of a row',
    file: (day) => csvOf(day).slice(0, -8),
    codes: ['truncated-row'],
  },
  {
    name: 'an export that broke off with an error message',
    file: (day) => `${csvOf(day).slice(0, -400)}\nERROR: connection lost\n`,
    codes: ['truncated-row'],
  },
  {
    name: 'a compressed file cut off',
    extension: 'csv.gz',
    file: (day) => {
      const bytes = gzipSync(csvOf(day));
      return bytes.subarray(0, Math.floor(bytes.length * 0.7));
    },
    verdict: 'bad',
    codes: ['input-cut-off'],
    code: 5,
  },
  {
    name: 'a Parquet file cut off',
    extension: 'parquet',
    file: () => {
      const bytes = readFileSync(join(flights, '2013-01-02.parquet'));
      return bytes.subarray(0, 40_000);
    },
    verdict: 'bad',
    codes: ['truncated-input'],
    sizes: [900],
    code: 5,
  },
  {
    name: 'a header and no rows',
    file: ({ names }) => csvOf({ names, rows: [] }),
    codes: ['no-rows'],
    code: 99,
    sizes: [900],
  },
  {
    name: 'a feature without a value',
    file: (day) => csvOf(changed(day, ['sched_arr_time'], () => '')),
    verdict: 'bad',
    codes: ['empty_features'],
    column: 'sched_arr_time',
    code: 3,
  },
  {
    name: 'a feature that is text',
    file: (day) => csvOf(changed(day, ['minute'], () => 'abc')),
    verdict: 'bad',
    codes: ['empty_features'],
    column: 'minute',
    code: 3,
  },
  {
    name: 'empty texts in a third of the delays',
    file: (day) => csvOf(changed(day, ['dep_delay'], () => '', 0.34)),
    codes: ['drift', 'max_flagged'],
  },
  {
    name: 'two columns swapped',
    file: (day) => {
      const [a, b] = ['sched_dep_time', 'distance'].map((name) => day.names.indexOf(name)) as [
        number,
        number,
      ];
      const swap = (cells: readonly string[]) =>
        cells.map((cell, i) => (i === a ? cells[b]! : i === b ? cells[a]! : cell));
      return csvOf({ names: day.names, rows: day.rows.map(swap) });
    },
    codes: ['drift', 'max_drift', 'out-of-range'],
  },
  {
    name: 'one carrier gone',
    file: (day) => csvOf({ names: day.names, rows: day.rows.filter((row) => row[10] !== 'UA') }),
    codes: ['drift', 'max_drift'],
    column: 'carrier',
    sizes: [900, 5000],
  },
  {
    name: 'a column gone',
    file: (day) => {
      const gone = day.names.indexOf('hour');
      const without = (cells: readonly string[]) => cells.filter((_, i) => i !== gone);
      return csvOf({ names: without(day.names), rows: day.rows.map(without) });
    },
    verdict: 'bad',
    codes: ['absent-column'],
    code: 2,
  },
  {
    name: 'damaged texts',
    file: (day) => {
      const text = csvOf(changed(day, ['dest'], () => 'S\u00ffO', 0.2));
      return Buffer.from(text, 'latin1');
    },
    codes: ['invalid-utf8', 'unknown-category'],
    column: 'dest',
  },
  {
    name: 'half of the rows with semicolons',
    file: (day) => {
      const lines = csvOf(day).split('\n');
      return lines.map((line, i) => (i > 0 && i % 2 === 0 ? line.replaceAll(',', ';') : line)).join('\n');
    },
    verdict: 'bad',
    codes: ['max_repaired', 'max_rejected'],
  },
  {
    name: 'one row many times',
    file: (day) =>
      csvOf({ names: day.names, rows: day.rows.map((row) => [row[0]!, ...day.rows[0]!.slice(1)]) }),
    codes: ['drift', 'max_drift', 'constant', 'constant-score'],
  },
  {
    name: 'a feature of one value, and no baseline',
    file: (day) => csvOf(changed(day, ['distance'], () => '500')),
    codes: ['constant_features'],
    column: 'distance',
    alone: true,
    sizes: [1200, 3000],
  },
  {
    name: 'a text of one value, and no baseline',
    file: (day) => csvOf(changed(day, ['origin'], () => 'JFK')),
    codes: ['constant_features'],
    column: 'origin',
    alone: true,
    sizes: [1200],
  },
  {
    name: 'a feature missing in half of the rows, and no baseline',
    file: (day) => csvOf(changed(day, ['sched_arr_time'], () => '', 0.5)),
    codes: ['max_null'],
    column: 'sched_arr_time',
    alone: true,
  },
  {
    name: 'an old file',
    file: (day) => csvOf(day),
    quality: '  max_age: { input: { warn: 26h } }\n',
    before: (dir) => {
      const at = Date.now() / 1000 - 3 * 86_400;
      utimesSync(join(dir.path, 'in/2013-01-04.csv'), at, at);
    },
    codes: ['stale-input'],
  },
  {
    name: 'the file of the day before',
    file: (day) => csvOf(day),
    before: (dir) => {
      dir.write('in/2013-01-03.csv', dir.read('in/2013-01-04.csv'));
      const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-03', '--quiet']);
      assert.equal(lastLine(ran).verdict, 'good', ran.stderr);
    },
    codes: ['repeated-input'],
  },
  {
    name: 'half of the rows of the only run before',
    file: ({ names, rows }) => csvOf({ names, rows: rows.slice(0, rows.length / 2) }),
    before: (dir) => {
      const [header, ...rows] = dir.read('in/2013-01-04.csv').trimEnd().split('\n');
      const others = rows.map((row) => row.replace(/^1/, '2'));
      dir.write('in/2013-01-03.csv', `${[header, ...rows, ...others].join('\n')}\n`);
      const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-03', '--quiet']);
      assert.equal(lastLine(ran).verdict, 'good', ran.stderr);
    },
    codes: ['unlike-earlier-runs'],
  },
  {
    name: 'the header again among the rows',
    file: ({ names, rows }) => csvOf({ names, rows: [...rows.slice(0, 200), names, ...rows.slice(200)] }),
    codes: ['repeated-header'],
  },
  {
    name: 'a third of the delays with the wrong sign',
    file: (day) =>
      csvOf(changed(day, ['dep_delay'], (cell) => (cell === '' ? '' : String(-Number(cell))), 0.3)),
    codes: ['drift', 'max_drift'],
    column: 'dep_delay',
    sizes: [900, 3000],
  },
  {
    name: 'a few distances with a minus sign',
    file: (day) => csvOf(changed(day, ['distance'], (cell) => `-${cell}`, 0.03)),
    codes: ['drift', 'max_drift'],
    column: 'distance',
    sizes: [900, 3000],
  },
  ...(['-999', '9999'] as const).map(
    (code): BadDay => ({
      name: `${code} for a delay in 2 % of the rows`,
      file: (day) => csvOf(changed(day, ['dep_delay'], () => code, 0.02)),
      codes: ['drift', 'max_drift'],
      column: 'dep_delay',
      sizes: [900, 3000],
    }),
  ),
  {
    name: '-1 for a distance in 2 % of the rows',
    file: (day) => csvOf(changed(day, ['distance'], () => '-1', 0.02)),
    codes: ['drift', 'max_drift'],
    column: 'distance',
    sizes: [900, 3000],
  },
  {
    name: 'missing times filled with 0',
    file: (day) => csvOf(changed(day, ['dep_time'], (cell) => (cell === '' ? '0' : cell))),
    codes: ['drift', 'max_drift'],
    column: 'dep_time',
    sizes: [900, 3000],
  },
  ...(['0', '12.6'] as const).map(
    (fill): BadDay => ({
      name: `missing delays filled with ${fill}`,
      file: (day) => csvOf(changed(day, ['dep_delay'], (cell) => (cell === '' ? fill : cell))),
      codes: ['drift', 'max_drift'],
      column: 'dep_delay',
      sizes: [6000],
    }),
  ),
  {
    name: 'one delay in every tenth row',
    file: (day) => csvOf(changed(day, ['dep_delay'], () => '60', 0.1)),
    codes: ['drift', 'max_drift'],
    column: 'dep_delay',
    sizes: [900],
  },
  {
    name: 'the same file under two names',
    file: (day) => csvOf(day),
    before: (dir) => dir.write('in/2013-01-04.again.csv', dir.read('in/2013-01-04.csv')),
    codes: ['repeated-input'],
  },
  {
    name: 'too few rows',
    file: ({ names, rows }) => csvOf({ names, rows: rows.slice(0, 60) }),
    verdict: 'bad',
    codes: ['min_rows'],
    code: 3,
    sizes: [900],
  },
  {
    name: 'unknown carriers in a file cut off',
    file: (day) => inSize(csvOf(changed(day, ['carrier'], () => 'QQQ', 0.5))),
    codes: ['truncated-row', 'unknown-category'],
  },
  {
    name: 'rows twice with distances out of range',
    file: (day) => {
      const spoiled = changed(day, ['distance'], () => '99999', 0.5);
      return csvOf({ names: day.names, rows: [...spoiled.rows, ...spoiled.rows] });
    },
    codes: ['repeated-key', 'out-of-range'],
  },
];

function jobIn(dir: Workdir, extra = '', against: string | null = baseline): void {
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      [/path: .*date\}\*/, `path: in/\${date}*`],
      [/path: .*date=.*/, `path: out/date=\${date}`],
      inOneProcess,
      [/^quality:.*$/m, `quality:\n${against === null ? '' : `  baseline: ${against}\n`}${extra}`.trimEnd()],
    ]),
  );
}

/** A folder in which the months of the year are scored one after another; created with the first. */
let months: Workdir | null = null;

function writeMonth(year: string, name: string): void {
  if (months === null) {
    months = workdir();
    jobIn(months);
  }
  const [header, ...rows] = readFileSync(year, 'utf8').trimEnd().split('\n');
  const index = header!.split(',').indexOf('month');
  const month = String(Number(name.slice(5)));
  const own = rows.filter((row) => row.split(',', index + 1)[index] === month);
  months.write(`in/${name}.csv`, `${[header, ...own].join('\n')}\n`);
}

function run(dir: Workdir): Ran {
  return dir.call(['run', 'job.yaml', '--date', '2013-01-04', '--text']);
}

describe('a bad day', () => {
  for (const [i, bad] of badDays.entries()) {
    const sizes = bad.sizes ?? [300, 3000];
    // The quick suite tries every other day with few rows, and the rest with many.
    for (const size of full ? sizes : [sizes[i % sizes.length]!]) {
      it(`is not good: ${bad.name} (${size} rows)`, () => {
        const dir = workdir();
        try {
          jobIn(dir, bad.quality, bad.alone === true ? null : baseline);
          dir.write(`in/2013-01-04.${bad.extension ?? 'csv'}`, bad.file(resample(cleanDay, size, size)));
          bad.before?.(dir);
          const ran = run(dir);
          const report = lastLine(ran);
          assert.equal(report.verdict, bad.verdict ?? 'check', ran.stdout);
          assert.equal(report.exit_code, bad.code ?? (bad.verdict === 'bad' ? 3 : 0), ran.stdout);
          const [first] = report.findings;
          assert.ok(bad.codes.includes(first!.code), ran.stdout);
          if (bad.column !== undefined) assert.equal(first!.column, bad.column, ran.stdout);
          assert.ok(report.hint !== null && report.hint !== '', ran.stdout);
          assert.equal(report.date, '2013-01-04');
          const start = first!.sentence.slice(0, 60);
          assert.ok(ran.stderr.includes(start), `the terminal says: ${ran.stderr}`);
          if (report.summary === null) return;
          const summary = JSON.parse(dir.read('out/date=2013-01-04/_summary.json')) as Summary;
          assert.equal(summary.findings[0]!.sentence, first!.sentence);
          const page = dir.read('out/date=2013-01-04/_summary.html').replaceAll('&quot;', '"');
          assert.ok(page.includes(start.slice(1).replaceAll("'", '&#39;')), 'the page says it');
        } finally {
          dir.remove();
        }
      });
    }
  }
});

describe('a good day', () => {
  it('was good until its file was cut off: the spoiled 4 January', () => {
    const dir = workdir();
    try {
      dir.write(
        'job.yaml',
        sampleJob('flight-delay', [[/path: .*date=.*/, `path: out/date=\${date}`], inOneProcess]),
      );
      const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-04', '--text']);
      assert.deepEqual(
        lastLine(ran).findings.map(({ code }) => code),
        ['truncated-row', 'repeated-header'],
      );
      const text = dir
        .read('job.yaml')
        .replace(/^quality:.*$/m, 'quality:\n  truncated: ignore')
        .replace(/^input:.*$/m, 'input:\n  csv: { tables: one }');
      dir.write('job.yaml', text);
      const again = dir.call(['run', 'job.yaml', '--date', '2013-01-04', '--force', '--text']);
      assert.equal(lastLine(again).verdict, 'good', again.stderr);
    } finally {
      dir.remove();
    }
  });

  for (const name of ['2013-01-01.csv', '2013-01-02.parquet', '2013-01-03.arrow']) {
    it(`is good: ${name} without a baseline`, () => {
      const dir = workdir();
      try {
        dir.write(
          'job.yaml',
          sampleJob('flight-delay', [[/path: .*date=.*/, `path: out/date=\${date}`], inOneProcess]),
        );
        const ran = dir.call(['run', 'job.yaml', '--date', name.slice(0, 10), '--text']);
        assert.equal(lastLine(ran).verdict, 'good', ran.stderr);
      } finally {
        dir.remove();
      }
    });
  }

  const days = full ? 46 : 6;
  for (let i = 0; i < days; i++) {
    const size = [150, 300, 900, 1500, 4000, 12_000][i % 6]!;
    it(`is good: resample ${i} of ${size} rows against the year`, () => {
      const dir = workdir();
      try {
        jobIn(dir);
        dir.write('in/2013-01-04.csv', csvOf(resample(cleanDay, size, 7000 + i)));
        const ran = run(dir);
        assert.deepEqual([lastLine(ran).verdict, lastLine(ran).exit_code], ['good', 0], ran.stderr);
      } finally {
        dir.remove();
      }
    });
  }

  it('is good without a baseline, of 3,000 rows in which month and day are the same throughout', () => {
    const dir = workdir();
    try {
      jobIn(dir, '', null);
      const free = dir.read('job.yaml').replaceAll(', max_drift: null', '');
      dir.write('job.yaml', free);
      dir.write('in/2013-01-04.csv', csvOf(resample(cleanDay, 3000, 11)));
      const ran = run(dir);
      assert.equal(lastLine(ran).verdict, 'good', ran.stderr);
    } finally {
      dir.remove();
    }
  });

  // The year as one CSV file, which bench/peers/make_data.py --times 1 writes.
  const year = process.env['NIGHTSHIFT_YEAR'];
  for (let month = 1; month <= 12; month++) {
    const name = `2013-${String(month).padStart(2, '0')}`;
    it(`is good: the month ${name} against the year, after the months before it`, {
      skip: year === undefined && 'NIGHTSHIFT_YEAR does not name the year of flights',
    }, () => {
      writeMonth(year!, name);
      const ran = months!.call(['run', 'job.yaml', '--date', name, '--text']);
      assert.deepEqual([lastLine(ran).verdict, lastLine(ran).exit_code], ['good', 0], ran.stderr);
    });
  }
  after(() => months?.remove());

  it('is good with a column more, CRLF and no line end after the last row', () => {
    const dir = workdir();
    try {
      jobIn(dir);
      const { names, rows } = resample(cleanDay, 600, 5);
      const more = { names: [...names, 'gate'], rows: rows.map((row, i) => [...row, `B${i % 30}`]) };
      dir.write('in/2013-01-04.csv', csvOf(more).trimEnd().replaceAll('\n', '\r\n'));
      const ran = run(dir);
      assert.equal(lastLine(ran).verdict, 'good', ran.stderr);
    } finally {
      dir.remove();
    }
  });
});
