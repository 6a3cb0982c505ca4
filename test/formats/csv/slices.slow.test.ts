import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from '../../seeded.js';
import { fileOf, readTable, type Table } from './read-table.js';

const runs = process.env['NIGHTSHIFT_FULL'] === '1' ? 2000 : 45;

/** Texts of what breaks readers: quotes and line ends everywhere, in rows that are mostly of three cells. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'bb', '1', '-2.5', ' ', 'é', '', 'xyz') },
  { weight: 3, arbitrary: fc.constantFrom('"q"', '"a,b"', '"x""y"', '"two\nlines"', '""') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('"', 'a"b', '"open', 'shut"', '"a"b', '"\n', '\0', '\\"', '\r', '#x'),
  },
);
const row = fc.array(piece, { minLength: 1, maxLength: 5 }).map((cells) => cells.join(','));
const text = fc
  .tuple(
    fc.array(fc.tuple(row, fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n')), {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    }),
    fc.boolean(),
  )
  .map(([rows, ends]) => {
    const body = rows.map(([cells, end]) => cells + end).join('');
    return `h1,h2,h3\n${ends ? body : body.trimEnd()}`;
  });

function meaning({ rows, problems, skipped }: Table): unknown {
  return { rows, problems, skipped };
}

const dialect = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  header: true,
  skip_lines: 0,
  comment: '#',
  encoding: 'utf-8',
};

test('gives the same rows, problems and places for any chunk_bytes', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom(16, 40, 100, 5000), async (content, maxRowBytes) => {
      const path = fileOf(content);
      const options = { ...dialect, max_row_bytes: maxRowBytes };
      const whole = meaning(await readTable(path, options));
      for (const chunkBytes of [64, 100, 333, 1000]) {
        assert.deepEqual(
          meaning(await readTable(path, options, chunkBytes)),
          whole,
          `chunk_bytes ${chunkBytes}`,
        );
      }
    }),
    { numRuns: runs },
  );
});

test('gives the same rows from gzip and from UTF-16 as from plain UTF-8', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const whole = meaning(await readTable(fileOf(content), dialect));
      const zipped = await readTable(fileOf(gzipSync(content), 'csv.gz'), dialect, 100);
      assert.deepEqual(meaning(zipped), whole);
      const wide = fileOf(Buffer.from(content, 'utf16le'));
      assert.deepEqual(meaning(await readTable(wide, { ...dialect, encoding: 'utf-16le' }, 100)), whole);
    }),
    { numRuns: Math.ceil(runs / 3) },
  );
});

test('cuts a large file into slices that do not depend on reading twice', async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `${i},"name ${i}",${i / 7}`);
  const path = fileOf(`id,name,value\n${lines.join('\n')}\n`);
  const small = await readTable(path, {}, 1 << 16);
  assert.equal(small.rows.length, 40_000);
  assert.deepEqual(small.rows[39_999], ['39999', 'name 39999', String(39_999 / 7)]);
  assert.ok(small.slices > 10);
  assert.deepEqual(meaning(await readTable(path, {}, 1 << 20)), meaning(small));
});

test('rejects a line longer than max_row_bytes as one row and reads the next', async () => {
  const long = `x,${'y'.repeat(10_000)},z`;
  const path = fileOf(`a,b,c\n1,2,3\n${long}\n4,5,6\n`);
  const table = await readTable(path, { max_row_bytes: 1000 }, 64);
  assert.deepEqual(table.rows, [
    ['1', '2', '3'],
    [null, null, null],
    ['4', '5', '6'],
  ]);
  assert.deepEqual(
    table.problems.map(({ code, row: at, line, found, outcome }) => [code, at, line, found, outcome]),
    [['row-too-long', 2, 3, long.length + 1, 'rejected']],
  );
});

test('an unclosed quote in a large file costs one row and no second look', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => (i % 2 === 0 ? `${i},"open ${i},x` : `${i},ok,x`));
  const table = await readTable(fileOf(`id,name,value\n${lines.join('\n')}\n`), { quote: '"' });
  assert.equal(table.rows.length, 30_000);
  assert.equal(table.problems.filter(({ code }) => code === 'unclosed-quote').length, 15_000);
  assert.deepEqual(table.rows[1], ['1', 'ok', 'x']);
  assert.deepEqual(table.rows[2], ['2', 'open 2', 'x']);
});

test('rows with a delimiter of several bytes or lone CRs are the same in a block that is rewritten for the kernel and in one that is not', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (content, cr) => {
      const wide = content.trimEnd().replaceAll(',', ', ');
      const lineEnd = cr ? '\r' : '\n';
      const lines = (last: string): string => `${wide}\n${last}\n`.replaceAll(/\r\n|\n/g, lineEnd);
      const options = { ...dialect, delimiter: ', ' };
      const [fast, slow] = [
        await readTable(fileOf(lines('x')), options),
        await readTable(fileOf(lines('\x1f')), options),
      ];
      const layout = ({ details }: Table) => JSON.stringify([details.dialect, details.dataEnd]);
      fc.pre(layout(fast) === layout(slow));
      assert.deepEqual(fast.rows.slice(0, -1), slow.rows.slice(0, -1));
      const before = ({ rows, problems }: Table) => problems.filter(({ row: at }) => at < rows.length);
      assert.deepEqual(before(fast), before(slow));
      const cut = await readTable(fileOf(lines('x')), options, 100);
      assert.deepEqual(meaning(cut), meaning(fast));
    }),
    { numRuns: Math.ceil(runs / 3) },
  );
});
