import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { parseDialectOption } from '../../src/formats/dialect-option.js';

test('reads key=value pairs, commas as values among them', () => {
  assert.deepEqual(parseDialectOption('delimiter=;'), { delimiter: ';' });
  assert.deepEqual(parseDialectOption("delimiter=,,quote=',header=false"), {
    delimiter: ',',
    quote: "'",
    header: 'false',
  });
  assert.deepEqual(parseDialectOption('delimiter=, ,skip_lines=3'), { delimiter: ', ', skip_lines: '3' });
  assert.deepEqual(parseDialectOption('escape=\\,encoding=latin1'), { escape: '\\', encoding: 'latin1' });
});

test('names what is not a key or not a value', () => {
  assert.throws(() => parseDialectOption('delimeter=;'), InvalidError);
  assert.throws(() => parseDialectOption('delimiter'), InvalidError);
  assert.throws(() => parseDialectOption('quote=abc'), /"csv.quote" must be one ASCII character/);
});
