import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findWriterFailure } from '../../../src/formats/csv/truncated-tail.js';
import { sampleRow } from './sample-row.js';

const row = sampleRow('1', 'a', '2.5');

test('finds a last line in which the writer says that it failed', () => {
  const said = [
    'ERROR: connection lost',
    'ERROR 2013 (HY000): Lost connection to MySQL server during query',
    'FATAL:  terminating connection due to administrator command',
    'Traceback (most recent call last):',
    'java.sql.SQLException',
    'psycopg2.OperationalError: server closed the connection',
    'ORA-01555: snapshot too old',
    'Segmentation fault (core dumped)',
    'query cancelled on user request',
    'lost connection to server',
    '-- Killed',
  ];
  for (const text of said) {
    const finding = findWriterFailure([row, sampleRow(text)], 3);
    assert.equal(finding?.code, 'truncated-input', text);
    assert.ok(finding.sentence.includes(`says "${text.slice(0, 60)}"`), finding.sentence);
  }
});

test('finds none in rows and other footers', () => {
  const lines = [
    'Total',
    'End of report',
    '0 errors',
    'Source: errors of measurement',
    '(12 rows)',
    'Terrors of the deep',
    '7',
  ];
  for (const text of lines) assert.equal(findWriterFailure([row, sampleRow(text)], 3), null, text);
  assert.equal(findWriterFailure([row, sampleRow('error', 'b', '1')], 3), null);
  assert.equal(findWriterFailure([], 3), null);
});
