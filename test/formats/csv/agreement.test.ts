import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from '../../seeded.js';
import { readText } from './read-table.js';

const runs = process.env['NIGHTSHIFT_FULL'] === '1' ? 2000 : 150;

const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ', ', '::'),
  quote: fc.constantFrom('"', "'"),
  escape: fc.constantFrom('doubled', '\\'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  all: fc.boolean(),
});

const cell = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'a', '12', '-1.5', 'two words', 'naïve', '日本', '0') },
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom('a', '"', "'", ',', ';', '|', ' ', '\n', '\r\n', ':', 'é'),
      maxLength: 6,
    }),
  },
);

const content = fc
  .record({ dialect, width: fc.integer({ min: 2, max: 5 }) })
  .chain(({ dialect: how, width }) =>
    fc.record({
      how: fc.constant(how),
      rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 30,
        size: 'max',
      }),
    }),
  );

test('reads every regular file as csv-parse does, in any dialect that it is told', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom(64, 1 << 20), async ({ how, rows }, chunkBytes) => {
      const mark = how.escape === 'doubled' ? how.quote : how.escape;
      const write = (text: string): string => {
        const escaped = (mark === '\\' ? text.replaceAll('\\', '\\\\') : text).replaceAll(
          how.quote,
          mark + how.quote,
        );
        const plain = /^[\p{L}\p{N}.-][\p{L}\p{N}. -]*$|^$/u.test(text);
        return plain && !how.all ? text : how.quote + escaped + how.quote;
      };
      const width = rows[0]!.length;
      const names = Array.from({ length: width }, (_, i) => `column${i}`);
      // The last row cannot be mistaken for a footer.
      rows.push(names.map(() => '1'));
      const lines = [names, ...rows].map((row) => row.map(write).join(how.delimiter));
      const text = lines.join(how.lineEnd) + how.lineEnd;
      const told = {
        delimiter: how.delimiter,
        quote: how.quote,
        escape: mark,
        header: true,
        skip_lines: 0,
        comment: 'none',
      };
      const expected: string[][] = parse(text, {
        delimiter: how.delimiter,
        quote: how.quote,
        escape: mark,
        record_delimiter: ['\r\n', '\n'],
        from: 2,
      });
      const table = await readText(text, told, chunkBytes);
      assert.deepEqual(table.rows, expected);
      assert.deepEqual(table.problems, []);
    }),
    { numRuns: runs },
  );
});
