import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../seeded.js';
import { codes, readText } from './read-table.js';

const told = { escape: 'backslash' };

test('a file is read as MySQL wrote it where its backslashes are told', async () => {
  const table = await readText(
    'id\tname\tx\n1\tO\\\'Neil \\"x\\"\t1.5\n2\t\\N\t\\N\n3\ta\\\tb\t2.5\n4\tline\\\nbreak\t3.5\n5\tc:\\\\dir\t4.5\n6\t\\t\\n\\r\\b\\Z\\0\\q\t\\\\N\n7\tplain\t\n',
    { ...told, delimiter: 'tab', quote: 'none' },
  );
  assert.deepEqual(table.rows, [
    ['1', 'O\'Neil "x"', '1.5'],
    ['2', null, null],
    ['3', 'a\tb', '2.5'],
    ['4', 'line\nbreak', '3.5'],
    ['5', 'c:\\dir', '4.5'],
    ['6', '\t\n\r\b\x1a\0\\q', '\\N'],
    ['7', 'plain', ''],
  ]);
  assert.deepEqual(table.problems, []);
});

test('within quotes too, with other line ends and delimiters', async () => {
  const expected = [
    ['1', 'say "yes", or\n"no"', 'a'],
    ['2', null, 'b,c'],
    ['3', null, 'd"'],
    ['4', 'two\r\nlines', 'e'],
  ];
  const rows =
    '1,"say \\"yes\\", or\\n""no""",a\r\n2,"\\N",b\\,c\r\n3,\\N,d\\"\r\n4,"two\\\r\nlines","e"\r\n';
  const crlf = await readText(`id,name,x\r\n${rows}`, told);
  assert.deepEqual(crlf.rows, expected);
  const none = await readText(rows, { ...told, header: false });
  assert.deepEqual(none.rows, expected);
  const wide = await readText('a||b\n1||x\\||y\n2||p\\|q\n', { ...told, delimiter: '||' });
  assert.deepEqual(wide.rows, [
    ['1', 'x||y'],
    ['2', 'p|q'],
  ]);
});

test('a quote that never closes and a backslash at the end cost one row', async () => {
  const table = await readText('a,b\n1,"x\n2,y\n3,z\\', told);
  assert.deepEqual(table.rows.slice(0, 2), [
    ['1', '"x'],
    ['2', 'y'],
  ]);
  assert.deepEqual(codes(table), ['1 unclosed-quote:b']);
  assert.equal(table.rows.length, 3);
});

test('rows come back as they were written, however the file is cut (property)', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\\', '"', ',', '\n', '\r', '\t', '\0', 'N', ' ', 'é'),
  });
  const cell = fc.option(text, { nil: null });
  const written = (value: string | null): string =>
    value === null
      ? '\\N'
      : value
          .replaceAll('\\', '\\\\')
          .replaceAll(',', '\\,')
          .replaceAll('\n', '\\\n')
          .replaceAll('\r', '\\r')
          .replaceAll('\0', '\\0')
          .replaceAll('"', '\\"');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { maxLength: 12 }),
      fc.integer({ min: 1, max: 60 }),
      async (rows, chunk) => {
        const all = [['k', 'v', 'w'], ...rows.map(([a, b], i) => [String(i), a, b])];
        const content = all.map((cells) => `${cells.map(written).join(',')}\n`).join('');
        const options = {
          ...told,
          delimiter: ',',
          quote: 'none',
          header: true,
          skip_lines: 0,
          tables: 'one',
        };
        const table = await readText(content, options, chunk);
        assert.deepEqual(table.rows, all.slice(1));
      },
    ),
    { numRuns: 150 },
  );
});
