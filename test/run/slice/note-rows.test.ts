import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problems } from '../../../src/chunk/problem.js';
import { rowStatus } from '../../../src/repair/row-status.js';
import { noteFields, noteRows } from '../../../src/run/slice/note-rows.js';

describe('noteRows', () => {
  it('says of every kept row what was done, and where it came from, beyond 32 bits too', () => {
    const problems = new Problems();
    problems.add({ code: 'missing', column: 'a', expected: 'a value', outcome: 'flagged' }, 0, null);
    problems.add({ code: 'long-row', column: null, expected: '3 cells', outcome: 'rejected' }, 1, '4');
    const firstRow = 2 ** 32 - 1;
    const [status, list, file, row] = noteRows(problems, rowStatus(problems, 3), 3, 'a.csv', { firstRow });
    assert.deepEqual(
      [...status.codes].map((code) => status.dictionary[code]),
      ['flagged', 'ok'],
    );
    assert.deepEqual([...list.offsets], [0, 1, 1]);
    assert.equal(list.dictionary[list.codes[0]!], 'missing:a');
    assert.deepEqual(
      [...file.codes].map((code) => file.dictionary[code]),
      ['a.csv', 'a.csv'],
    );
    assert.deepEqual([...row.values], [2n ** 32n - 1n, 2n ** 32n + 1n]);
    assert.equal(noteFields.length, 4);
  });
});
