import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../../src/errors.js';
import fc from '../../seeded.js';
import { fileOf, readTable, type Table } from './read-table.js';

const runs = process.env['NIGHTSHIFT_FULL'] === '1' ? 3000 : 60;

const piece = fc.constantFrom(
  ...[
    'a',
    'Bc',
    '1',
    '-2.5',
    '1,234',
    ' ',
    ',',
    ',',
    ';',
    '\t',
    '|',
    ':',
    '"',
    '"',
    "'",
    '\\',
    '#',
    '\n',
    '\n',
    '\r\n',
    '\r',
  ],
  ...['""', '\n\n', '2013-01-04', 'é', '日本', '\u00a0', '\0', '", "', '"\n"', ',,', '\ufeff', '💥', 'x"y'],
);
const bytes = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: piece },
      { weight: 1, arbitrary: fc.constantFrom('\xff', '\x80', '\xe9') },
    ),
    {
      minLength: 1,
      maxLength: 120,
      size: 'max',
    },
  )
  .map((parts) =>
    Buffer.concat(
      parts.map((part) =>
        Buffer.from(part, /[\x80-\xff]/.test(part) && part.length === 1 && part !== 'é' ? 'latin1' : 'utf8'),
      ),
    ),
  );

async function attempt(path: string, chunkBytes: number): Promise<Table | string> {
  return readTable(path, {}, chunkBytes).then(
    (table) => ({ ...table, slices: 0 }),
    (error: unknown) => {
      if (!(error instanceof InvalidError)) throw error;
      assert.ok(error.message.includes(path));
      return error.reason;
    },
  );
}

test('any bytes are read or refused by name, the same at any chunk size, every problem at a row that is there', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      const path = fileOf(content);
      const whole = await attempt(path, 1 << 22);
      assert.deepEqual(await attempt(path, 64), whole);
      if (typeof whole === 'string') return;
      const { fields, maxRowBytes } = whole.details.dialect;
      assert.ok(maxRowBytes > 0 && whole.names.length === fields);
      assert.equal(new Set(whole.names).size, fields);
      for (const row of whole.rows) assert.equal(row.length, fields);
      for (const { row, byteOffset, line } of whole.problems) {
        assert.ok(row >= 1 && row <= whole.rows.length);
        assert.ok(byteOffset !== null && byteOffset >= 0 && line !== null && line >= 1);
      }
      const rejected = new Set(
        whole.problems.filter(({ outcome }) => outcome === 'rejected').map(({ row }) => row),
      );
      for (const row of rejected) assert.ok(whole.rows[row - 1]!.every((cell) => cell === null));
    }),
    { numRuns: runs },
  );
});
