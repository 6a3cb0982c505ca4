import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { OutputField } from '../../../src/chunk/batch.js';
import type { Column, StringListColumn } from '../../../src/chunk/column.js';
import { csvAssembler } from '../../../src/formats/csv/assemble.js';
import { csvEncoder, plainWriting } from '../../../src/formats/csv/encode.js';
import fc from '../../seeded.js';

async function write(
  fields: readonly OutputField[],
  columns: readonly (Column | StringListColumn)[],
  rows: number,
  writing = plainWriting,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  const assembler = csvAssembler(fields, { write: async (bytes) => void pieces.push(bytes) }, writing);
  const encoder = csvEncoder(fields, writing);
  if (rows > 0) await assembler.append(await encoder.encode({ rows, columns }), rows);
  await assembler.finish();
  return Buffer.concat(pieces).toString('utf8');
}

const field = (name: string, type: OutputField['type']): OutputField => ({ name, type, dictionary: false });

function texts(values: readonly (string | null)[]): Column {
  const dictionary = values.filter((value): value is string => value !== null);
  let next = 0;
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : next++));
  const validity = new Uint8Array((values.length + 7) >> 3);
  for (const [i, value] of values.entries()) if (value !== null) validity[i >> 3]! |= 1 << (i & 7);
  return { type: 'string', layout: 'dictionary', length: values.length, codes, dictionary, validity };
}

test('writes every type as text that reads back as the same value', async () => {
  const length = 2;
  const none = new Uint8Array([1]);
  const written = await write(
    [
      field('i', 'int32'),
      field('l', 'int64'),
      field('f', 'float32'),
      field('d', 'float64'),
      field('b', 'boolean'),
      field('day', 'date'),
      field('at', 'timestamp'),
      field('v', 'list<float32>'),
      field('_problems', 'list<string>'),
      field('s "x"', 'string'),
    ],
    [
      { type: 'int32', length, values: Int32Array.of(-1, 0), validity: none },
      { type: 'int64', length, values: BigInt64Array.of(9007199254740993n, 1n), validity: null },
      { type: 'float32', length, values: Float32Array.of(0.1, Number.NaN), validity: none },
      { type: 'float64', length, values: Float64Array.of(-0, Number.NEGATIVE_INFINITY), validity: null },
      { type: 'boolean', length, values: Uint8Array.of(1, 0), validity: null },
      { type: 'date', length, values: Int32Array.of(15709, -1), validity: null },
      { type: 'timestamp', length, values: BigInt64Array.of(1357275967000001n, -1n), validity: null },
      {
        type: 'list<float32>',
        length,
        offsets: Int32Array.of(0, 2, 2),
        items: Float32Array.of(0.5, 2),
        validity: null,
      },
      {
        type: 'list<string>',
        length,
        offsets: Int32Array.of(0, 2, 2),
        codes: Int32Array.of(0, 1),
        dictionary: ['short-row', 'missing:a'],
        validity: null,
      },
      texts(['a,b', '']),
    ],
    2,
  );
  assert.equal(
    written,
    'i,l,f,d,b,day,at,v,_problems,"s ""x"""\r\n' +
      '-1,9007199254740993,0.1,-0,true,2013-01-04,2013-01-04T05:06:07.000001Z,"[0.5,2]",short-row;missing:a,"a,b"\r\n' +
      ',1,,-inf,false,1969-12-31,1969-12-31T23:59:59.999999Z,[],,""\r\n',
  );
});

test('any text comes back from csv-parse as it was', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '=', 'é', "'"),
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 9 }), async (rows) => {
      const columns = [texts(rows.map(([first]) => first)), texts(rows.map(([, second]) => second))];
      const written = await write([field('a', 'string'), field('b', 'string')], columns, rows.length);
      assert.deepEqual(parse(written, { from: 2, record_delimiter: '\r\n' }), rows);
    }),
  );
});

test('a file without rows is its header, and one of a single column has no blank lines', async () => {
  assert.equal(await write([field('a', 'string'), field('b', 'int32')], [], 0), 'a,b\r\n');
  assert.equal(await write([field('a', 'string')], [texts([null, 'x'])], 2), 'a\r\n""\r\nx\r\n');
  assert.equal(
    await write([field('a', 'string')], [texts(['x'])], 1, { formulas: 'keep', header: false }),
    'x\r\n',
  );
});

test('formulas are neutralised when asked, numbers never', async () => {
  const fields = [field('a', 'string'), field('n', 'int32')];
  const columns = [
    texts(['=1+1', '@x', '-2', 'safe', '+1,5', '\tx']),
    { type: 'int32', length: 6, values: Int32Array.of(-1, 2, 3, 4, 5, 6), validity: null } as const,
  ];
  const written = await write(fields, columns, 6, { formulas: 'neutralise', header: false });
  assert.equal(written, "'=1+1,-1\r\n'@x,2\r\n'-2,3\r\nsafe,4\r\n\"'+1,5\",5\r\n'\tx,6\r\n");
});

test('text columns are written byte by byte as they are cell by cell', async () => {
  const cell = fc.option(
    fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('', ' ', '"', 'a,b', 'a "b"', '\ufeffx', 'x\n', 'é ', '\t'),
    ),
    { nil: null },
  );
  const rows = fc
    .integer({ min: 1, max: 3 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
    );
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const fields = table[0]!.map((_, i) => field(`c${i}`, 'string'));
      const cells = fields.map((_, i) => table.map((row) => row[i]!));
      const byCell = await write(fields, cells.map(texts), table.length);
      assert.equal(await write(fields, cells.map(bytesOf), table.length), byCell);
    }),
  );
});

function bytesOf(values: readonly (string | null)[]): Column {
  const pieces = values.map((value) => Buffer.from(value ?? ''));
  const offsets = new Int32Array(values.length + 1);
  for (const [i, piece] of pieces.entries()) offsets[i + 1] = offsets[i]! + piece.length;
  const validity = new Uint8Array((values.length + 7) >> 3);
  for (const [i, value] of values.entries()) if (value !== null) validity[i >> 3]! |= 1 << (i & 7);
  return {
    type: 'string',
    layout: 'text',
    length: values.length,
    offsets,
    bytes: Buffer.concat(pieces),
    validity,
  };
}
