import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Chunk } from '../../../src/chunk/chunk.js';
import type { ColumnType } from '../../../src/chunk/column.js';
import { defaultParse, type ParseOptions, type ReadColumn } from '../../../src/chunk/read-plan.js';
import { sliceOf } from '../../../src/chunk/slice.js';
import { isPresent } from '../../../src/chunk/validity.js';
import { InvalidError, TransientError } from '../../../src/errors.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { codes, fileOf, readTable, readText } from './read-table.js';

type Wanted = Partial<Omit<ReadColumn, 'parse'>> & { type: ColumnType; parse?: Partial<ParseOptions> };

async function decodeAll(path: string, wanted: Record<string, Wanted>): Promise<Chunk> {
  for await (const chunk of decodeSlices(path, wanted, 1 << 22)) return chunk;
  throw new Error('no slice');
}

/** Reads the chunks of a file with one decoder; each is valid until the next. */
async function* decodeSlices(
  path: string,
  wanted: Record<string, Wanted>,
  bytes: number,
): AsyncGenerator<Chunk> {
  const source = await csv.open(path, { csv: {} });
  const columns = Object.entries(wanted).map(([name, column]) => ({
    name,
    source: source.description.columns.findIndex((each) => each.name === name),
    layout: 'dictionary' as const,
    categories: [],
    nullValues: ['', 'NA'],
    ...column,
    parse: { ...defaultParse, ...column.parse },
  }));
  const decoder = await csv.decoder(source.description, { columns });
  try {
    for await (const slice of source.cut(bytes)) yield await decoder.decode(slice);
  } finally {
    await decoder.close();
  }
}

function valuesOf(chunk: Chunk, name: string): unknown[] {
  const column = chunk.columns.get(name)!;
  return Array.from({ length: column.length }, (_, row) => {
    if (!isPresent(column.validity, row)) return null;
    if (column.type === 'list<float32>')
      return [...column.items.subarray(column.offsets[row], column.offsets[row + 1])];
    if (column.type === 'string')
      return column.layout === 'dictionary' ? column.dictionary[column.codes[row]!] : '';
    return column.values[row];
  });
}

test('reads columns of every type, and rows of the repair lane into the same columns', async () => {
  const path = fileOf(
    `${[
      'i,l,f,d,b,s,day,at,v',
      '1,9007199254740993,0.1,1e3,true,AA,2013-01-04,2013-01-04T05:06:07Z,[1;2]',
      '-2,-5,NA,2.5,no,"B ""6""",1969-12-31,2013-01-04 05:06,[3]',
      '"3",4,x,"1,234",1,UA,2024-02-29,2013-01-04T00:00:00.000001+01:00,',
      '4,4,1,2,0,AA',
      '99999999999,1.5,1,2,maybe,D"L,2013-02-30,03/04/2013,oops',
    ].join('\n')}\n`,
  );
  const chunk = await decodeAll(path, {
    i: { type: 'int32' },
    l: { type: 'int64' },
    f: { type: 'float32' },
    d: { type: 'float64' },
    b: { type: 'boolean' },
    s: { type: 'string', categories: ['AA', 'UA'] },
    day: { type: 'date' },
    at: { type: 'timestamp' },
    v: { type: 'list<float32>' },
  });
  assert.deepEqual(valuesOf(chunk, 'i'), [1, -2, 3, 4, null]);
  assert.deepEqual(valuesOf(chunk, 'l'), [9007199254740993n, -5n, 4n, 4n, null]);
  assert.deepEqual(valuesOf(chunk, 'f'), [Math.fround(0.1), null, null, 1, 1]);
  assert.deepEqual(valuesOf(chunk, 'd'), [1000, 2.5, 1234, 2, 2]);
  assert.deepEqual(valuesOf(chunk, 'b'), [1, 0, 1, 0, null]);
  assert.deepEqual(valuesOf(chunk, 's'), ['AA', 'B "6"', 'UA', 'AA', 'DL']);
  assert.deepEqual(valuesOf(chunk, 'day'), [15709, -1, 19782, null, null]);
  assert.deepEqual(valuesOf(chunk, 'at'), [
    1357275967000000n,
    1357275960000000n,
    1357254000000001n,
    null,
    null,
  ]);
  assert.deepEqual(valuesOf(chunk, 'v'), [[1, 2], [3], null, null, null]);
  const string = chunk.columns.get('s')!;
  assert.ok(string.type === 'string' && string.layout === 'dictionary');
  assert.deepEqual(string.dictionary.slice(0, 2), ['AA', 'UA']);
  const problems = Array.from(
    chunk.problems,
    ({ kind: { code, column, outcome }, row, found }) => `${row} ${code} ${column} ${outcome} ${found}`,
  );
  assert.deepEqual(problems.sort(), [
    '2 number-format d repaired 1,234',
    '2 unreadable f flagged x',
    '3 short-row null flagged 6',
    '4 date-ambiguous at flagged 03/04/2013',
    '4 overflow i flagged 99999999999',
    '4 stray-quote s repaired D"L',
    '4 unreadable b flagged maybe',
    '4 unreadable day flagged 2013-02-30',
    '4 unreadable l flagged 1.5',
    '4 unreadable v flagged oops',
  ]);
});

test('reads dates in declared layouts and times in a declared zone', async () => {
  const path = fileOf('day,at\n03/04/2013,2013-07-04 12:00\n31/12/1999,2013-01-04 12:00\n');
  const chunk = await decodeAll(path, {
    day: { type: 'date', parse: { layouts: ['dd/MM/yyyy'] } },
    at: { type: 'timestamp', parse: { zone: 'America/New_York' } },
  });
  assert.deepEqual(valuesOf(chunk, 'day'), [15798, 10956]);
  assert.deepEqual(valuesOf(chunk, 'at'), [
    BigInt(Date.UTC(2013, 6, 4, 16)) * 1000n,
    BigInt(Date.UTC(2013, 0, 4, 17)) * 1000n,
  ]);
});

test('cells that need the exact parser have the same value and problem each time, however many there are', async () => {
  // More different texts than a column keeps, each three times, in several slices; with and without quotes.
  const size = 20_000;
  const price = (i: number) => (i % 3 === 0 ? `"$1,${String(100 + (i % 900))}.25"` : `$${i % size}.5`);
  const lines = Array.from({ length: 3 * size }, (_, i) => `${price(i)},[${i % 7};${i % 5}],${i % 9}/5/2013`);
  const path = fileOf(`p,v,day\n${lines.join('\n')}\n`);
  let row = 0;
  let slices = 0;
  const wanted: Record<string, Wanted> = {
    p: { type: 'float64' },
    v: { type: 'list<float32>' },
    day: { type: 'date', parse: { layouts: ['d/M/yyyy'] } },
  };
  for await (const chunk of decodeSlices(path, wanted, 1 << 18)) {
    const first = row;
    const [prices, vectors, days] = ['p', 'v', 'day'].map((name) => valuesOf(chunk, name));
    for (const [i, value] of prices!.entries()) {
      const at = first + i;
      assert.equal(value, at % 3 === 0 ? 1100.25 + (at % 900) : (at % size) + 0.5);
      assert.deepEqual(vectors![i], [at % 7, at % 5]);
      assert.equal(days![i], at % 9 === 0 ? null : Date.UTC(2013, 4, at % 9) / 86_400_000);
      row++;
    }
    const problems = [...chunk.problems];
    const ofPrices = problems.filter(({ kind }) => kind.column === 'p');
    const said = ofPrices.map((one) => `${one.kind.code} ${one.row} ${one.found}`);
    const expected = prices!.map((_, i) => `number-format ${i} ${price(first + i).replaceAll('"', '')}`);
    assert.deepEqual(said, expected);
    const noDays = problems.filter(({ kind }) => kind.column === 'day').map((one) => first + one.row);
    assert.deepEqual(
      noDays,
      Array.from({ length: row - first }, (_, i) => first + i).filter((at) => at % 9 === 0),
    );
    slices++;
  }
  assert.equal(row, 3 * size);
  assert.ok(slices > 3);
});

test('finds every structural defect under its code, at its row, line and byte', async () => {
  const lines = [
    'id,name,price,note',
    '1,a,1.5,x',
    '2,b',
    '3,c,1.5,x,y',
    '4,d,1.5,x,,',
    '5,e"f,1.5,x',
    '6,"g,1.5,x',
    '7,"h"h,1.5,x',
    'id,name,price,note',
    '8,i\0i,1.5,x',
    '9,\xff,1.5,x',
    '',
    '10,"two',
    'lines",1.5,x',
    '11,k,1',
  ];
  const bytes = Buffer.from(lines.join('\n'), 'latin1');
  const table = await readText(bytes, { delimiter: ',', encoding: 'utf-8' });
  assert.deepEqual(codes(table), [
    '2 short-row',
    '3 long-row',
    '4 long-row',
    '5 stray-quote:name',
    '6 unclosed-quote:name',
    '7 text-after-quote:name',
    '8 repeated-header',
    '9 nul-byte:name',
    '10 invalid-utf8:name',
    '12 truncated-row',
  ]);
  assert.deepEqual(
    table.problems.map(({ outcome }) => outcome),
    [
      'flagged',
      'rejected',
      'flagged',
      'flagged',
      'repaired',
      'flagged',
      'rejected',
      'flagged',
      'flagged',
      'rejected',
    ],
  );
  assert.deepEqual(
    table.rows.map((row) => row[1]),
    ['a', 'b', null, 'd', 'e"f', 'g', 'hh', null, null, '\ufffd', 'two\nlines', null],
  );
  assert.deepEqual(table.skipped, { 'blank-line': { count: 1, lines: [12] } });
  for (const { row, line, byteOffset, raw } of table.problems) {
    const at = row <= 10 ? row + 1 : row + 3;
    assert.equal(line, at, `line of row ${row}`);
    assert.equal(
      byteOffset,
      Buffer.from(lines.slice(0, at - 1).join('\n'), 'latin1').length + 1,
      `byte of row ${row}`,
    );
    assert.equal(raw, Buffer.from(lines[at - 1]!, 'latin1').toString('utf8'), `text of row ${row}`);
  }
});

test('a blank line of a one-column file is a row with a missing cell', async () => {
  const table = await readText('name\nann\n\nbob\n');
  assert.deepEqual(table.rows, [['ann'], [''], ['bob']]);
});

test('refuses what is no table, naming the file', async () => {
  const refused = async (content: string | Uint8Array, reason: string): Promise<void> => {
    const path = fileOf(content);
    await assert.rejects(csv.open(path, { csv: {} }), (error: unknown) => {
      assert.ok(error instanceof InvalidError && error.message.includes(path));
      assert.equal(error.reason, reason);
      return true;
    });
  };
  await refused('', 'input-empty');
  await refused('\n\n  \n', 'input-empty');
  await refused(Buffer.from([0xef, 0xbb, 0xbf]), 'input-empty');
  await refused(Buffer.from(Array.from({ length: 500 }, (_, i) => i % 20)), 'not-text');
  await refused(gzipSync('a,b\n1,2\n'.repeat(100)).subarray(0, 30), 'input-cut-off');
  await refused('x'.repeat(6_000_000), 'row-too-long');
  await assert.rejects(csv.open('test', { csv: {} }), (error: unknown) => error instanceof InvalidError);
  await assert.rejects(
    csv.open('no-such.csv', { csv: {} }),
    (error: unknown) => error instanceof TransientError,
  );
});

test('says which option of input.csv is wrong', async () => {
  const path = fileOf('a,b\n1,2\n');
  for (const [options, key] of [
    [{ delimiter: '' }, 'csv.delimiter'],
    [{ quote: 'ab' }, 'csv.quote'],
    [{ header: 'perhaps' }, 'csv.header'],
    [{ skip_lines: -1 }, 'csv.skip_lines'],
    [{ max_row_bytes: 3 }, 'csv.max_row_bytes'],
    [{ encoding: 'klingon' }, 'csv.encoding'],
  ] as const) {
    await assert.rejects(csv.open(path, { csv: options }), (error: unknown) => {
      assert.ok(error instanceof InvalidError && error.message.includes(`"${key}"`), String(error));
      return true;
    });
  }
});

test('a file that grows or shrinks while it is read fails as transient', async () => {
  const path = fileOf('a,b\n1,2\n3,4\n');
  const source = await csv.open(path, { csv: {} });
  appendFileSync(path, '5,6\n');
  await assert.rejects(async () => {
    for await (const slice of source.cut(64)) assert.ok(slice);
  }, TransientError);
  const longer = fileOf('a,b\n1,2\n3,4\n');
  const opened = await csv.open(longer, { csv: {} });
  const decoder = await csv.decoder(opened.description, { columns: [] });
  for await (const slice of opened.cut(64)) {
    truncateSync(longer, 6);
    await assert.rejects(decoder.decode(slice), TransientError);
    break;
  }
  await decoder.close();
});

test('a gzip that is cut off in the middle fails by name, whatever came before', async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `${i},${Math.sin(i)}`).join('\n');
  const whole = gzipSync(`id,value\n${rows}\n`);
  const path = fileOf(whole.subarray(0, whole.length - 1000), 'csv.gz');
  const source = await csv.open(path, { csv: {} });
  await assert.rejects(
    async () => {
      for await (const slice of source.cut(1 << 16)) assert.ok(sliceOf('bytes', slice).bytes);
    },
    (error: unknown) =>
      error instanceof InvalidError && error.message.includes(path) && error.reason === 'input-cut-off',
  );
});

test('the dirty day of the samples: every structural defect at its row and line', async () => {
  const truth: { code: string; row: number | null; line: number; column: string | null }[] = JSON.parse(
    readFileSync('data-samples/truth/2013-01-04.defects.json', 'utf8'),
  );
  const structural = new Set([
    'short-row',
    'long-row',
    'stray-quote',
    'unclosed-quote',
    'invalid-utf8',
    'nul-byte',
    'repeated-header',
    'truncated-row',
  ]);
  const table = await readTable('data-samples/flights/2013-01-04.csv', {}, 4096);
  assert.deepEqual(
    table.problems.map(({ code, row, line, column }) => ({ code, row, line, column })),
    truth
      .filter(({ code }) => structural.has(code))
      .map(({ code, row, line, column }) => ({ code, row, line, column })),
  );
  assert.deepEqual(table.skipped['blank-line']?.lines, [684]);
});

test('a last row without a line end is as the rows above it where all are equally short', async () => {
  const short = await readText('a,b,c,d\n1,2,3\n4,5,6\n7,8,9');
  assert.deepEqual(short.rows.at(-1), ['7', '8', '9', null]);
  assert.deepEqual(codes(short), ['1 short-row', '2 short-row', '3 short-row']);
  assert.ok(short.problems.every(({ outcome }) => outcome === 'flagged'));
  for (const content of [
    'a;b;c\r\n1;2\r\n3;4',
    'a\tb\tc\n1\t2\n3\t4',
    'a,b,c\n"1",2\n"3",4',
    `a,b,c\n${'1,2\n'.repeat(40_000)}3,4`,
  ]) {
    const { problems, rows } = await readText(content, { header: true });
    assert.deepEqual(rows.at(-1), ['3', '4', null]);
    assert.ok(problems.every(({ outcome, code }) => outcome === 'flagged' && code === 'short-row'));
  }
});

test('rows that are all equally short are never certain: nothing shows which cell is missing', async () => {
  const days = Array.from({ length: 300 }, (_, i) => `${i},${i % 7}.50,2024-01-${10 + (i % 20)}`);
  for (const [content, options] of [
    ['a,b,c,d\n1,2,3\n4,5,6\n', {}],
    [`no,rate,day,note\n${days.join('\n')}\n`, {}],
    [`no,rate,day,note\n${days.join('\n')}\n`, { header: true, delimiter: ',' }],
    [`no\trate\tday\tnote\tmore\n${days.join('\n').replaceAll(',', '\t')}`, {}],
  ] as const) {
    const { problems, rows, findings } = await readText(content, options);
    assert.equal(problems.length, rows.length);
    assert.ok(problems.every(({ code, outcome }) => code === 'short-row' && outcome === 'flagged'));
    assert.deepEqual(findings, ['check header-width']);
  }
  const blank = await readText('a,b,c,\n1,2,3\n4,5,6\n');
  assert.deepEqual([blank.problems, blank.findings], [[], []]);
});

test('a last row without a line end that is shorter than the rows above it is cut off', async () => {
  for (const content of [
    'a,b,c,d\n1,2,3\n4,5,6\n7,8',
    'a,b,c\n1,2,3\n4,5,6\n7,8',
    'a,b,c\n1,2\n4,5,6\n7,8,9\n1,2',
  ]) {
    const { problems } = await readText(content);
    assert.deepEqual(
      [problems.at(-1)!.code, problems.at(-1)!.outcome],
      ['truncated-row', 'rejected'],
      content,
    );
  }
});
