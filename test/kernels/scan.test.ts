import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { BudgetError } from '../../src/errors.js';
import type { CsvKernel, KernelDialect } from '../../src/kernels/csv-kernel.js';
import { openCsvKernel, openPlainKernel } from '../../src/kernels/open-csv-kernel.js';
import fc from '../seeded.js';
import { column, comma, kernels, load, plain, runs, simd, textOf } from './both-kernels.js';

/** Returns all results of scanning a block; an irregular row is a placeholder up to its line feed. */
function scanAll(kernel: CsvKernel, dialect: KernelDialect, bytes: Uint8Array, before: number) {
  kernel.prepare(dialect, []);
  load(kernel, bytes, before);
  const stops: string[] = [];
  const end = before + bytes.length;
  let at = before;
  for (;;) {
    const { rows, stop, reason, openQuote } = kernel.scan(at, end);
    // The bytes examined at once decide which of a row's defects is named, not whether it has one.
    const kind = reason === 'end' || reason === 'incomplete' ? reason : 'irregular';
    stops.push(`${rows} rows to ${stop - before}, ${kind}${openQuote ? ', open' : ''}`);
    if (kind !== 'irregular') break;
    kernel.appendRow([]);
    const feed = bytes.indexOf(10, stop - before);
    if (feed < 0) break;
    at = before + feed + 1;
  }
  const cells = Array.from({ length: kernel.rows }, (_, row) =>
    Array.from({ length: dialect.fields }, (_, field) => kernel.cell(row, field)),
  );
  const ranges = Array.from({ length: kernel.rows }, (_, row) => {
    const range = kernel.rowRange(row);
    return range && [range.start - before, range.end - before];
  });
  return { stops, cells, ranges };
}

function countAll(
  kernel: CsvKernel,
  dialect: KernelDialect,
  bytes: Uint8Array,
  before: number,
  strict: boolean,
) {
  kernel.prepare(dialect, []);
  load(kernel, bytes, before);
  const stops: string[] = [];
  let at = before;
  for (;;) {
    const found = kernel.count(at, before + bytes.length, strict);
    const kind = found.reason === 'end' || found.reason === 'incomplete' ? found.reason : 'irregular';
    stops.push(
      `${found.rows} rows, ${found.lines} lines, ${found.blanks} blank to ${found.stop - before}, ${kind}${found.openQuote ? ', open' : ''}`,
    );
    const taken = bytes.subarray(at - before, found.stop - before);
    assert.equal(found.lines, taken.filter((byte) => byte === 10).length);
    if (!found.quotes && dialect.quote !== 0) assert.ok(!taken.includes(dialect.quote));
    if (!found.carriageReturns && !found.quotes) assert.ok(!taken.includes(13));
    if (kind !== 'irregular') return stops;
    const feed = bytes.indexOf(10, found.stop - before);
    if (feed < 0) return stops;
    at = before + feed + 1;
  }
}

const dialects = fc.record({
  delimiter: fc.constantFrom(44, 59, 9),
  quote: fc.constantFrom(34, 34, 39, 0),
  escape: fc.constantFrom(0, 0, 92),
  comment: fc.constantFrom(0, 0, 35),
  fields: fc.integer({ min: 1, max: 4 }),
  maxRowBytes: fc.constantFrom(3, 20, 63, 64, 65, 1000, 1000, 1000),
});

/** Bytes in which everything that matters to a scan is frequent, cell-like and row-like runs among them. */
const nastyBytes = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(',', ',', '\n', '\n', '"', '"', '\r\n', 'a', '12') },
      { weight: 3, arbitrary: fc.constantFrom('a,b\n', '"a",b\r\n', '"a""b","c\nd"\n', ',\n', '\n', '""') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('\r', '\0', ';', '\t', "'", '\\', '#', 'é', '€', '😀', '\u00a0'),
      },
      { weight: 1, arbitrary: fc.nat(130).map((n) => 'x'.repeat(n)) },
      { weight: 1, arbitrary: fc.nat(70).map((n) => `"${'y'.repeat(n)}"`) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join('')));

const broken = fc
  .tuple(nastyBytes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }))
  .map(([bytes, hits]) => {
    const changed = Buffer.from(bytes);
    for (const [at, byte] of hits) if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  });

test('the compiled kernel is there, so that what follows compares two things', () => {
  assert.deepEqual([simd.kind, plain.kind], ['simd', 'plain']);
});

test('SIMD and plain scans find the same rows, cells and stops in any bytes, at any offset of the block', () => {
  fc.assert(
    fc.property(dialects, broken, fc.nat(70), (dialect, bytes, before) => {
      assert.deepEqual(scanAll(simd, dialect, bytes, before), scanAll(plain, dialect, bytes, before));
    }),
    { numRuns: runs(200_000) },
  );
});

test('SIMD and plain counts agree in any bytes, at any offset of the block', () => {
  fc.assert(
    fc.property(dialects, broken, fc.nat(70), fc.boolean(), (dialect, bytes, before, strict) => {
      assert.deepEqual(
        countAll(simd, dialect, bytes, before, strict),
        countAll(plain, dialect, bytes, before, strict),
      );
    }),
    { numRuns: runs(200_000) },
  );
});

/** Returns the result of `look` for every line of a block, and the rows that are added from them. */
function lookAll(kernel: CsvKernel, dialect: KernelDialect, bytes: Uint8Array, before: number) {
  kernel.prepare(dialect, []);
  load(kernel, bytes, before);
  const end = before + bytes.length;
  const looks: unknown[] = [];
  for (let at = before; at < end; ) {
    const look = kernel.look(at, end, dialect.delimiter);
    const known = Math.min(look.cells - 1, dialect.fields + 64);
    const { quotes, firstQuote, lastQuote, ...rest } = look;
    looks.push({
      ...rest,
      quotes: quotes > 0 ? [quotes, firstQuote, lastQuote] : [],
      delimiters: Array.from({ length: known }, (_, i) => kernel.delimiterAt(i)),
    });
    if (quotes === 1) kernel.appendWithout(at, firstQuote, -1);
    else if (quotes === 2) kernel.appendWithout(at, firstQuote, lastQuote);
    else kernel.appendSplit(at, look.end);
    const feed = bytes.indexOf(10, look.end - before);
    at = feed < 0 ? end : before + feed + 1;
  }
  const cells = Array.from({ length: kernel.rows }, (_, row) =>
    Array.from({ length: dialect.fields }, (_, field) => kernel.cell(row, field)),
  );
  return { looks, cells };
}

test('SIMD and plain looks at a line tell the same of any bytes, and cut it in the same way', () => {
  fc.assert(
    fc.property(dialects, broken, fc.nat(70), (dialect, bytes, before) => {
      assert.deepEqual(lookAll(simd, dialect, bytes, before), lookAll(plain, dialect, bytes, before));
    }),
    { numRuns: runs(100_000) },
  );
});

test('a line ends before its last CR LF, however many CR stand before it and wherever it lies against the 64-byte steps', () => {
  for (const kernel of kernels)
    for (let length = 0; length <= 130; length++)
      for (const returns of [0, 1, 2, 3]) {
        kernel.prepare(comma, []);
        const bytes = Buffer.from(`${'x'.repeat(length)}${'\r'.repeat(returns)}\n`);
        load(kernel, bytes);
        const { end } = kernel.look(0, bytes.length, comma.delimiter);
        assert.equal(
          end,
          length + Math.max(0, returns - 1),
          `${kernel.kind}: ${length} bytes, ${returns} CR`,
        );
      }
});

test('a row without its one or two quotes is cut as if they had never been there', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '1', ',', ' ', 'é', 'wide cell'), maxLength: 20 });
  fc.assert(
    fc.property(text, text, text, fc.integer({ min: 1, max: 5 }), (left, middle, right, fields) => {
      for (const kernel of kernels) {
        kernel.prepare({ ...comma, fields }, []);
        const lines = [`${left}"${right}`, `${left}"${middle}"${right}`, left];
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        load(kernel, bytes);
        const rows = lines.map((line, i) => {
          const at = Buffer.byteLength(lines.slice(0, i).join('\n')) + (i > 0 ? 1 : 0);
          const look = kernel.look(at, bytes.length, 44);
          assert.equal(look.end, at + Buffer.byteLength(line));
          if (look.quotes === 0) return kernel.appendSplit(at, look.end);
          return kernel.appendWithout(at, look.firstQuote, look.quotes === 2 ? look.lastQuote : -1);
        });
        for (const [i, row] of rows.entries()) {
          const expected = lines[i]!.replaceAll('"', '').split(',');
          const cells = expected.map((_, field) => (field < fields ? kernel.cell(row, field) : ''));
          assert.deepEqual(
            cells,
            expected.map((cell, field) => (field < fields ? cell : '')),
          );
        }
      }
    }),
    { numRuns: runs(5000) },
  );
});

const cells = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '1', ' ', '"', ',', '\n', '\r', 'é', '😀'), maxLength: 12 }),
  fc.nat(140).map((n) => 'z'.repeat(n)),
);

/** Returns a cell as a writer would write it: quoted if it must be, or if requested. */
function written(cell: string, quoted: boolean): string {
  return quoted || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

test('every cell that a writer quotes by the rules comes back as it was', () => {
  const rows = fc.integer({ min: 2, max: 5 }).chain((fields) =>
    fc.tuple(
      fc.constant(fields),
      fc.array(fc.array(fc.tuple(cells, fc.boolean()), { minLength: fields, maxLength: fields }), {
        maxLength: 30,
      }),
      fc.constantFrom('\n', '\r\n'),
    ),
  );
  fc.assert(
    fc.property(rows, ([fields, table, lineEnd]) => {
      const text = table
        .map((row) => row.map(([cell, quoted]) => written(cell, quoted)).join(',') + lineEnd)
        .join('');
      const bytes = Buffer.from(text);
      for (const kernel of kernels) {
        kernel.prepare({ ...comma, fields }, []);
        load(kernel, bytes);
        const { rows, stop, reason, nonAscii } = kernel.scan(0, bytes.length);
        assert.deepEqual({ rows, stop, reason }, { rows: table.length, stop: bytes.length, reason: 'end' });
        if (/[^\0-\x7f]/.test(text)) assert.ok(nonAscii);
        const back = table.map((row, r) => row.map((_, f) => kernel.cell(r, f)));
        assert.deepEqual(
          back,
          table.map((row) => row.map(([cell]) => cell)),
        );
        assert.equal(kernel.count(0, bytes.length, true).rows, table.length);
      }
    }),
    { numRuns: runs(20_000) },
  );
});

/** A row's defects one by one: the bytes before, the row, and the reason why the scan must stop. */
const defects: readonly [row: string, reason: string][] = [
  ['a,b,c\n', 'fields'],
  ['a\n', 'fields'],
  ['\n', 'blank'],
  ['\r\n', 'blank'],
  ['a"b,c\n', 'quote'],
  ['"a"b,c\n', 'quote'],
  ['"a" ,c\n', 'quote'],
  [' "a",c\n', 'quote'],
  ['a,"b\nc"d\n', 'quote'],
  ['a\rb,c\n', 'carriage-return'],
  ['a,b\r\r\n', 'carriage-return'],
  ['"a"\rb,c\n', 'carriage-return'],
  ['a,b\0\n', 'nul'],
  ['"\0",b\n', 'nul'],
  ['a,\\b\n', 'escape'],
  ['"\\",b\n', 'escape'],
  ['#,b\n', 'comment'],
  [`${'long'.repeat(60)},b\n`, 'long'],
];

test('a scan stops before each defect, for its reason, wherever the row lies against the 64-byte steps', () => {
  const dialect = { ...comma, fields: 2, escape: 92, comment: 35, maxRowBytes: 200 };
  for (const kernel of kernels) {
    kernel.prepare(dialect, []);
    for (let pad = 0; pad < 135; pad++) {
      const good = `${'p'.repeat(pad)},q\n`;
      for (const [row, expected] of defects) {
        const bytes = Buffer.from(`${good}${row}r,s\n`);
        load(kernel, bytes);
        const { rows, stop, reason } = kernel.scan(0, bytes.length);
        assert.deepEqual(
          { rows, stop, reason },
          { rows: 1, stop: good.length, reason: expected },
          `${pad} ${row}`,
        );
        const after = kernel.scan(good.length + row.length, bytes.length);
        assert.deepEqual([after.rows, after.reason], [1, 'end']);
      }
    }
  }
});

test('a row is incomplete until its line end is there, and tells when a quote is open', () => {
  const row = 'ab,"c""d\ne",é\r\n';
  const bytes = Buffer.from(row);
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 3 }, []);
    for (let end = 0; end < bytes.length; end++) {
      load(kernel, bytes);
      const { rows, stop, reason, openQuote } = kernel.scan(0, end);
      const before = bytes.subarray(0, end).filter((byte) => byte === 34).length;
      assert.deepEqual(
        { rows, stop, reason, openQuote },
        { rows: 0, stop: 0, reason: end === 0 ? 'end' : 'incomplete', openQuote: before % 2 === 1 },
      );
    }
  }
});

/** Single bytes and sequences at every edge of table 3-7 of the Unicode standard, good and bad. */
function sequences(): Buffer[] {
  const edges = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
  ];
  edges.push(0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
  const tails = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2];
  const found: Buffer[] = [];
  for (const a of edges.slice(1)) {
    found.push(Buffer.from([a]));
    for (const b of tails) {
      found.push(Buffer.from([a, b]));
      for (const c of tails) {
        found.push(Buffer.from([a, b, c]));
        for (const d of a >= 0xf0 ? tails : [0x41, 0x80]) found.push(Buffer.from([a, b, c, d]));
      }
    }
  }
  return found;
}

test('a row is regular exactly when its bytes are valid UTF-8, and its neighbours are not blamed', () => {
  const all = sequences();
  const pads = [0, 13, 14, 15, 29, 45, 58, 59, 60, 61, 62, 63];
  for (const kernel of kernels) {
    kernel.prepare(comma, []);
    for (const [i, bytes] of all.entries()) {
      for (const pad of process.env['NIGHTSHIFT_FULL'] === '1' ? pads : [pads[i % pads.length]!]) {
        const row = Buffer.concat([Buffer.alloc(pad, 'a'), bytes]);
        const block = Buffer.concat([Buffer.from('é\n'), row, Buffer.from('\né\n')]);
        load(kernel, block);
        const first = kernel.scan(0, block.length);
        if (isUtf8(row)) assert.deepEqual([first.rows, first.reason], [3, 'end'], row.toString('hex'));
        else
          assert.deepEqual([first.rows, first.stop, first.reason], [1, 3, 'encoding'], row.toString('hex'));
        const after = kernel.scan(3 + row.length + 1, block.length);
        assert.deepEqual([after.rows, after.reason], [1, 'end']);
      }
    }
  }
});

test('rows of any width and number fit: the memory grows while it scans, and stays for the next block', () => {
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 1 }, []);
    const bytes = Buffer.from('x\n'.repeat(300_000));
    load(kernel, bytes);
    const { rows, stop } = kernel.scan(0, bytes.length);
    assert.deepEqual([rows, stop], [300_000, bytes.length]);
    assert.deepEqual(kernel.rowRange(299_999), { start: 599_998, end: 599_999 });
    const grown = kernel.memoryBytes;
    load(kernel, bytes);
    kernel.scan(0, bytes.length);
    assert.equal(kernel.memoryBytes, grown);
    kernel.prepare({ ...comma, fields: 50_000 }, []);
    const wide = Buffer.from(`${','.repeat(49_999)}\n`.repeat(3));
    load(kernel, wide);
    assert.equal(kernel.scan(0, wide.length).rows, 3);
    assert.deepEqual(kernel.rowRange(2), { start: 100_000, end: 149_999 });
  }
});

test('an open quote is given up after maxRowBytes, whatever the size of the block', () => {
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, maxRowBytes: 100 }, []);
    const bytes = Buffer.from(`a\n"${'b\n'.repeat(2_000_000)}`);
    load(kernel, bytes);
    const { rows, stop, reason } = kernel.scan(0, bytes.length);
    assert.deepEqual({ rows, stop, reason }, { rows: 1, stop: 2, reason: 'long' });
    assert.equal(kernel.count(0, bytes.length, false).reason, 'long');
  }
});

test('an appended row stands among the scanned ones with its own text, or with nothing', () => {
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 3 }, []);
    const bytes = Buffer.from('a,b,c\nd,e\nf,g,h\n');
    load(kernel, bytes);
    assert.equal(kernel.scan(0, bytes.length).stop, 6);
    assert.equal(kernel.appendRow(['d,"x"', null, '"']), 1);
    assert.equal(kernel.scan(10, bytes.length).rows, 1);
    assert.equal(kernel.appendRow([]), 3);
    const back = [0, 1, 2, 3].map((row) => [0, 1, 2].map((field) => kernel.cell(row, field)));
    assert.deepEqual(back, [
      ['a', 'b', 'c'],
      ['d,"x"', '', '"'],
      ['f', 'g', 'h'],
      ['', '', ''],
    ]);
    assert.deepEqual(
      [0, 1, 2, 3].map((row) => kernel.rowRange(row)),
      [{ start: 0, end: 5 }, null, { start: 10, end: 15 }, null],
    );
  }
});

test('many appended rows keep their text while the memory grows', () => {
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 2 }, []);
    load(kernel, Buffer.from('a,b\n'));
    kernel.scan(0, 4);
    for (let i = 1; i < 20_000; i++)
      assert.equal(kernel.appendRow([`cell ${i}`, i % 3 === 0 ? null : 'ü']), i);
    for (let i = 1; i < 20_000; i += 997) {
      assert.deepEqual([kernel.cell(i, 0), kernel.cell(i, 1)], [`cell ${i}`, i % 3 === 0 ? '' : 'ü']);
    }
  }
});

test('a row cut at every delimiter keeps its quotes as text, misses what is not there and drops what is too much', () => {
  const second = column('string', { source: 1, categories: ['b"c', 'x'] });
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 3 }, [second, column('string', { source: 2, layout: 'text' })]);
    const rows = ['a,b"c', 'a,b"c,"d', 'a,x,y,z,"', '"a,"b""c",e', ',,', 'é,x,\u20ac"'];
    const bytes = Buffer.from(rows.join('\n'));
    load(kernel, bytes);
    for (const [row, text] of rows.entries()) {
      const start = bytes.indexOf(text);
      assert.equal(kernel.appendSplit(start, start + Buffer.byteLength(text)), row);
    }
    assert.equal(kernel.appendSplit(0, -1), rows.length);
    const back = [...rows.keys(), rows.length].map((row) =>
      [0, 1, 2].map((field) => kernel.cell(row, field)),
    );
    assert.deepEqual(back, [
      ['a', 'b"c', ''],
      ['a', 'b"c', '"d'],
      ['a', 'x', 'y'],
      ['"a', '"b""c"', 'e'],
      ['', '', ''],
      ['é', 'x', '€"'],
      ['', '', ''],
    ]);
    const [codes, texts] = kernel.parse();
    assert.ok(codes?.column.type === 'string' && codes.column.layout === 'dictionary');
    assert.deepEqual([...codes.column.codes], [0, 0, 1, 2, -1, 1, -1]);
    assert.deepEqual(codes.column.dictionary, ['b"c', 'x', '"b""c"']);
    assert.deepEqual([codes.missing, texts?.missing], [1, 1]);
    const read = back.map((_, row) => textOf(texts!.column, row));
    assert.deepEqual(read, [null, '"d', 'y', 'e', null, '€"', null]);
  }
});

test('memory is a number by construction: the block, its rows and its columns, however many blocks follow', async () => {
  const rows = 40_000;
  const fields = 8;
  const plans = [
    column('float32'),
    column('int64', { source: 1 }),
    column('string', { source: 2 }),
    column('string', { source: 3, layout: 'text' }),
  ];
  const bytes = Buffer.from('1234567,12345678,AA,text,1234567,1234567,1234567,1234567\n'.repeat(rows));
  const columnBytes = [4, 8, 4, 4].map((width) => rows * (width + 1 / 4));
  const stated =
    bytes.length + 4 * rows * (fields + 1) + columnBytes.reduce((a, b) => a + b) + rows * 'text'.length;
  // Offsets are for cells of three bytes, plus tables and constants: a quarter more, and 200 KB.
  const bound = stated * 1.25 + 200_000;
  const kernel = await openCsvKernel();
  kernel.prepare({ ...comma, fields }, plans);
  for (let block = 0; block < 20; block++) {
    load(kernel, bytes);
    assert.equal(kernel.scan(0, bytes.length).rows, rows);
    kernel.parse();
    assert.ok(kernel.memoryBytes <= bound, `${kernel.memoryBytes} bytes after block ${block}, not ${bound}`);
  }
});

test('a block that needs more than the kernel may hold is a budget error with a hint', async () => {
  const kernel = await openCsvKernel();
  kernel.prepare(comma, []);
  for (const opened of [kernel, openPlainKernel()]) {
    assert.throws(
      () => opened.input(1 << 30),
      (error) => error instanceof BudgetError && error.reason === 'kernel-memory' && error.hint !== null,
    );
  }
});
