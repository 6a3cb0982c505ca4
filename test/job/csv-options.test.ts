import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialectOverrides } from '../../src/formats/csv/dialect.js';
import { csvOptions } from '../../src/job/csv-options.js';
import { readJob } from '../../src/job/read-job.js';
import { jobSchema } from '../../src/job/schema.js';

const base = { name: 'a', model: { path: 'm' }, output: { path: 'o' } };

function optionsOf(csv: object): Readonly<Record<string, unknown>> {
  const { job, mistakes } = readJob(
    JSON.stringify({ ...base, input: { path: 'i', csv } }),
    '/jobs/job.yaml',
    {},
  );
  assert.deepEqual(mistakes, []);
  return csvOptions(job!.input.csv);
}

test('hands every key on under its own name, but the one that is the run’s', () => {
  const keys = Object.keys(jobSchema.shape.input.shape.csv.unwrap().shape);
  assert.deepEqual([...Object.keys(optionsOf({})), 'dialect'].sort(), keys.sort());
});

test('the format takes the defaults for all to be found out', () => {
  const { maxRowBytes, ...found } = dialectOverrides(optionsOf({}));
  assert.equal(maxRowBytes, 2 << 20);
  assert.ok(Object.values(found).every((value) => value === undefined));
});

test('the format takes each word that the job file allows', () => {
  const given = {
    delimiter: 'tab',
    quote: 'single',
    escape: 'backslash',
    encoding: 'Windows-1252',
    header: 2,
    skip_lines: 3,
  };
  const taken = dialectOverrides(
    optionsOf({ ...given, comment: '#', tables: 'one', max_row_bytes: '64KiB', max_field_bytes: 100 }),
  );
  assert.deepEqual(Object.fromEntries(Object.entries(taken).filter(([, value]) => value !== undefined)), {
    delimiter: '\t',
    quote: "'",
    escape: '\\',
    encoding: 'windows-1252',
    headerRows: 2,
    skipLines: 3,
    comment: '#',
    tables: 'one',
    maxRowBytes: 65_536,
    maxFieldBytes: 100,
  });
  const none = dialectOverrides(
    optionsOf({ quote: 'none', escape: 'doubled', header: false, comment: 'none' }),
  );
  assert.deepEqual([none.quote, none.escape, none.headerRows, none.comment], [null, '"', 0, null]);
});
