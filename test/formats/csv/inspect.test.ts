import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectCsv } from '../../../src/formats/csv/inspect.js';
import { csvDetails } from '../../../src/formats/csv/source-details.js';
import { fileOf } from './read-table.js';

test('inspect tells dialect, types, samples and the first problems', async () => {
  const rows = Array.from(
    { length: 30 },
    (_, i) => `${i};0${i};${i}.5;${i % 2 === 0};2013-01-04;2013-01-04 05:06;text ${i};`,
  );
  rows[4] = '4;04;4.5;true';
  const path = fileOf(`id;zip;price;ok;day;at;name;none\n${rows.join('\n')}\n`);
  const seen = await inspectCsv(path, { csv: {} });
  assert.equal(csvDetails(seen.source.description.details).dialect.delimiter, ';');
  assert.deepEqual(
    seen.columns.map(({ name, type }) => `${name} ${type}`),
    [
      'id int64',
      'zip string',
      'price float64',
      'ok boolean',
      'day date',
      'at timestamp',
      'name string',
      'none string',
    ],
  );
  assert.deepEqual(seen.columns[0]!.samples, ['0', '1', '2', '3', '4']);
  assert.deepEqual(
    seen.problems.map(({ code, row, line, raw }) => ({ code, row, line, raw })),
    [{ code: 'short-row', row: 5, line: 6, raw: '4;04;4.5;true' }],
  );
  assert.equal(seen.rows, 30);
  assert.ok(seen.isWhole);
});
