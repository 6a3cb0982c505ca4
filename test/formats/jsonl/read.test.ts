import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { jsonl } from '../../../src/formats/jsonl/jsonl.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { naturalPlan, type Reading, type WholeTable, wholeTable } from '../whole-table.js';

const folder = temporaryFolder('jsonl');
let files = 0;

function file(content: string | Buffer, name = `${files++}.jsonl`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Buffer, reading: Reading = {}): Promise<WholeTable> =>
  wholeTable(jsonl, file(content), reading);

/** Types by name, with the type in which a column is carried if it is another. */
const types = ({ description }: WholeTable) =>
  Object.fromEntries(
    description.columns.map(({ name, type, carried }) => [
      name,
      carried === undefined ? type : `${type}, carried as ${carried}`,
    ]),
  );

test('suggests the types of the values', async () => {
  const table = await read(
    [
      '{"id":9007199254740993,"x":1,"on":true,"t":"a","v":[1,null],"o":{"k":[1]},"m":1,"n":null}',
      '{"id":-3,"x":2.5,"on":null,"t":"12","v":[],"o":{},"m":"1","n":null,"late":1e400,"wide":18446744073709551615}',
    ].join('\n'),
  );
  assert.deepEqual(types(table), {
    id: 'int64',
    x: 'float64',
    on: 'boolean',
    t: 'string',
    v: 'list<float32>, carried as string',
    o: 'string',
    m: 'string',
    n: 'string',
    late: 'float64',
    wide: 'string',
  });
  assert.deepEqual(table.columns, {
    id: [9007199254740993n, -3n],
    x: [1, 2.5],
    on: [true, null],
    t: ['a', '12'],
    v: [[1, null], []],
    o: ['{"k":[1]}', '{}'],
    m: ['1', '1'],
    n: [null, null],
    late: [null, null],
    wide: [null, '18446744073709551615'],
  });
  assert.deepEqual(table.problems, ['1:overflow:late']);
});

test('keeps every digit of a number as text, and of whole numbers as 64 bits', async () => {
  const numbers = [
    '9223372036854775807',
    '-9223372036854775808',
    '12345678901234567890.123456789',
    '1.10',
    '-0',
    '1e3',
    '9007199254740993.0',
  ];
  const content = numbers.map((number) => `{"n":${number}}\n`).join('');
  assert.deepEqual((await read(content, { all: { type: 'string' } })).columns['n'], numbers);
  const whole = await read(content, { all: { type: 'int64' } });
  assert.deepEqual(whole.columns['n'], [
    9223372036854775807n,
    -9223372036854775808n,
    null,
    null,
    0n,
    1000n,
    9007199254740993n,
  ]);
  assert.deepEqual(whole.problems, ['2:unreadable:n', '3:unreadable:n']);
  assert.deepEqual((await read(content, { all: { type: 'float64' } })).columns['n'], numbers.map(Number));
  const wide = await read('{"n":1}\n{"n":9223372036854775808}\n', { all: { type: 'int64' } });
  assert.deepEqual([wide.columns['n'], wide.problems], [[1n, null], ['1:overflow:n']]);
});

test('takes null and an absent key as missing, and texts as texts', async () => {
  const table = await read('{"a":null,"b":"NA"}\n{"b":""}\n{"a":"null","b":"x","c":1}\n');
  assert.deepEqual(table.columns, { a: [null, null, 'null'], b: ['NA', '', 'x'], c: [null, null, 1n] });
  assert.deepEqual(table.problems, []);
});

test('reads NaN and infinities as Python writes them, and as strings', async () => {
  const content = '{"x":NaN,"y":1}\n{"x":-Infinity,"y":2}\n{"x":"Infinity","y":3}\n{"x":0.5,"y":4}\n';
  const table = await read(content, { plan: { x: { type: 'float64' } } });
  assert.deepEqual(table.columns['x'], [null, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0.5]);
  assert.deepEqual(table.problems, []);
});

test('leaves a cell empty whose key stands there with two values, and says so', async () => {
  const table = await read('{"a":1,"b":2,"a":3}\n{"a":4,"a":4,"b":5}\n');
  assert.deepEqual(table.columns, { a: [null, 4n], b: [2n, 5n] });
  assert.deepEqual(table.problems, ['0:repeated-name:a']);
});

test('reports half a surrogate pair as bytes that are no text', async () => {
  const table = await read('{"a":"x\\ud83dy"}\n{"a":"\\ud83d\\ude00 \\u00e9\\t"}\n{"a":"\\udc00\\ud800"}\n');
  assert.deepEqual(table.columns['a'], ['x\ufffdy', '😀 é\t', '\ufffd\ufffd']);
  assert.deepEqual(table.problems, ['0:invalid-utf8:a', '2:invalid-utf8:a']);
});

test('rejects lines that are no object, with their location and text, and reads the others', async () => {
  const lines = [
    '{"a":1}',
    '',
    '{"a":2',
    'oops',
    '[1,2]',
    '{"a":3} x',
    '{"a":4}',
    "{'a':5}",
    '{"a":6,}',
    '{"a":07}',
    '{"a":8',
  ];
  const path = file(lines.join('\r\n'));
  const source = await jsonl.open(path, { csv: {} });
  const decoder = await jsonl.decoder(source.description, { columns: naturalPlan(source.description) });
  const found: unknown[] = [];
  for await (const slice of source.cut(1 << 20)) {
    const { problems, origin, columns } = await decoder.decode(slice);
    assert.equal(columns.get('a')!.length, 10);
    for (const { kind, row, found: value } of problems) {
      assert.equal(kind.outcome, 'rejected');
      const { line, byteOffset } = origin.locate(row);
      found.push([kind.code, line, value, origin.raw(row, 100)]);
      assert.ok(
        lines
          .join('\r\n')
          .slice(byteOffset!)
          .startsWith(lines[line! - 1]!),
      );
    }
  }
  await decoder.close();
  assert.deepEqual(found, [
    ['invalid-json', 3, null, '{"a":2'],
    ['invalid-json', 4, 'oops', 'oops'],
    ['not-an-object', 5, '[1,2]', '[1,2]'],
    ['invalid-json', 6, 'x', '{"a":3} x'],
    ['invalid-json', 8, "'a':5}", "{'a':5}"],
    ['invalid-json', 9, '}', '{"a":6,}'],
    ['invalid-json', 10, '7}', '{"a":07}'],
    ['truncated-row', 11, null, '{"a":8'],
  ]);
  assert.deepEqual([...source.skipped], [['blank-line', { count: 1, lines: [2] }]]);
});

test('accounts for every byte, however it is cut, plain and compressed', async () => {
  const lines = Array.from({ length: 400 }, (_, i) => {
    if (i % 97 === 5) return ' \t';
    if (i % 101 === 7) return 'no json';
    if (i % 211 === 9) return `{"id":${i},"pad":"${'y'.repeat(3000)}"}`;
    return `{"id":${i},"pad":"${'x'.repeat(i % 40)}"}`;
  });
  const text = `\ufeff${lines.join('\n')}\n\n \n`;
  const csv = { max_row_bytes: 2000 };
  const seen: unknown[] = [];
  for (const [name, content] of [
    ['plain.jsonl', Buffer.from(text)],
    ['packed.jsonl.gz', gzipSync(text)],
  ] as const) {
    for (const chunkBytes of [64, 1000, 1 << 20]) {
      const source = await jsonl.open(file(content, name), { csv });
      const columns = naturalPlan(source.description);
      const decoder = await jsonl.decoder(source.description, { columns });
      const rows: unknown[] = [];
      let next = 1;
      for await (const slice of source.cut(chunkBytes)) {
        assert.equal(slice.firstRow, next);
        const chunk = await decoder.decode(structuredClone(slice));
        next += chunk.rows;
        const ids = chunk.columns.get('id')!;
        assert.equal(ids.type, 'int64');
        const faults = new Map(Array.from(chunk.problems, ({ kind, row }) => [row, kind.code]));
        for (let row = 0; row < chunk.rows; row++) {
          const { line, byteOffset } = chunk.origin.locate(row);
          const raw = chunk.origin.raw(row, 100);
          assert.equal(raw, lines[line! - 1]!.slice(0, 100));
          assert.ok(Buffer.from(text).subarray(byteOffset!).toString().startsWith(raw));
          rows.push([line, faults.get(row) ?? (ids.type === 'int64' ? ids.values[row] : null)]);
        }
      }
      await decoder.close();
      const blanks = source.skipped.get('blank-line')!;
      assert.equal(rows.length + blanks.count, lines.length + 2);
      seen.push(rows);
    }
  }
  for (const rows of seen) assert.deepEqual(rows, seen[0]);
  const codes = (seen[0] as [number, unknown][]).map(([, what]) => what);
  assert.equal(codes.filter((what) => what === 'row-too-long').length, 2);
  assert.equal(codes.filter((what) => what === 'invalid-json').length, 4);
});

test('loses only the last row of a file that is cut off anywhere', async () => {
  const lines = ['{"id":1,"t":"a\\u00e9"}', '{"id":2,"v":[1,{"k":null}]}', '', '{"id":3,"t":"é"}'].map(
    (line) => Buffer.from(`${line}\r\n`),
  );
  const whole = Buffer.concat(lines);
  for (let length = lines[0]!.length; length <= whole.length; length++) {
    const { rows, columns, problems } = await read(whole.subarray(0, length), {
      plan: { id: { type: 'int64' } },
    });
    const ends = [lines[0]!, Buffer.concat(lines.slice(0, 2)), whole].filter(
      (end) => end.length - 2 <= length,
    ).length;
    assert.deepEqual(
      columns['id']!.filter((id) => id !== null),
      [1n, 2n, 3n].slice(0, ends),
      `${length} bytes`,
    );
    assert.deepEqual(problems, rows > ends ? [`${ends}:truncated-row:null`] : [], `${length} bytes`);
  }
});

test('reads or rejects every line, whatever bytes it has', async () => {
  const path = file('');
  const line = fc.oneof(
    fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
    fc
      .uint8Array({ maxLength: 12 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 0 : byte)))),
    fc
      .record({ id: fc.integer(), t: fc.string({ unit: 'binary' }) })
      .map((row) => Buffer.from(JSON.stringify(row))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.integer({ min: 1, max: 60 }),
      async (lines, chunkBytes) => {
        const all = [Buffer.from('{"id":7,"t":"x"}'), ...lines];
        writeFileSync(path, Buffer.concat(all.flatMap((bytes) => [bytes, Buffer.from('\n')])));
        const { rows, columns, problems } = await wholeTable(jsonl, path, {
          chunkBytes,
          plan: { id: { type: 'int64' }, t: { type: 'string' } },
        });
        const texts = all
          .map((bytes) => bytes.toString().replace(/^[\t\r ]+$/, ''))
          .filter((text) => text !== '');
        assert.equal(rows, texts.length);
        const rejected = new Set(
          problems
            .filter((one) => /invalid-json|not-an-object/.test(one))
            .map((one) => Number(one.split(':')[0])),
        );
        for (const [row, text] of texts.entries()) {
          let value: unknown = null;
          try {
            value = JSON.parse(text);
          } catch {}
          const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
          if (isObject && Number.isSafeInteger((value as { id?: unknown }).id))
            assert.equal(columns['id']![row], BigInt((value as { id: number }).id));
          assert.equal(rejected.has(row), !isObject, text);
        }
      },
    ),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 3000 : 25 },
  );
});

test('finds a column that begins after the sample if it is expected, or if all are read', async () => {
  const path = file(
    `${`{"id":1,"note":"${'z'.repeat(200)}"}\n`.repeat(6000)}{"id":2,"rare":{"rare":1},"l\\u0061te":7}\n`,
  );
  const names = async (options: object) =>
    (await jsonl.open(path, { csv: {}, ...options })).description.columns.map(({ name }) => name);
  assert.deepEqual(await names({}), ['id', 'note']);
  assert.deepEqual(await names({ names: ['id', 'rare'] }), ['id', 'note', 'rare', 'late']);
  assert.deepEqual(await names({ names: ['id', 'absent'] }), ['id', 'note']);
  assert.deepEqual(await names({ everyColumn: true }), ['id', 'note', 'rare', 'late']);
});

for (const [what, content, message] of [
  ['an array', '[{"a":1},{"a":2}]', /one JSON array, not JSON Lines.*jq -c '\.\[\]'/s],
  ['an array with an object per line', '[\n{"a":1},\n{"a":2}\n]\n', /one JSON array, not JSON Lines/],
  [
    'an object over several lines',
    '{\n  "a": 1,\n  "b": {}\n}\n',
    /one JSON object over several lines.*jq -c '\.'/s,
  ],
  ['rows as arrays', '[1,2]\n[3,4]\n', /JSON without an object in its lines/],
  ['a text', 'a,b\n1,2\n', /text without an object in its lines/],
  ['UTF-16', Buffer.from('\ufeff{"a":1}\n', 'utf16le'), /text in UTF-16.*iconv -f UTF-16LE/s],
  ['CR alone as line end', '{"a":1}\r{"a":2}\r', /CR alone as its line end.*tr '\\r' '\\n'/s],
  ['a text sequence', '\x1e{"a":1}\n\x1e{"a":2}\n', /JSON text sequence.*tr -d '\\036'/s],
  ['blank lines', '\n \n', /contains no rows/],
  ['one cut line', '{"a":1,"b', /is cut off: it ends within its first object/],
] as const) {
  test(`refuses ${what} by name, and says what to do`, async () => {
    await assert.rejects(jsonl.open(file(content), { csv: {} }), (error: Error & { hint?: string }) => {
      assert.match(`${error.message} ${error.hint}`, message);
      return true;
    });
  });
}

test('holds no more of a line of many megabytes than may be read of one', async () => {
  const long = Buffer.alloc(process.env['NIGHTSHIFT_FULL'] ? 100_000_000 : 30_000_000, 'a');
  const path = file(Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), long, Buffer.from('"}\n{"a":2}\n')]));
  const table = await wholeTable(jsonl, path);
  assert.deepEqual(table.columns['a'], [1n, null, 2n]);
  assert.deepEqual(table.problems, ['1:row-too-long:null']);
  const source = await jsonl.open(path, { csv: {} });
  const decoder = await jsonl.decoder(source.description, { columns: naturalPlan(source.description) });
  const before = process.memoryUsage().arrayBuffers;
  for await (const slice of source.cut(1 << 20)) await decoder.decode(slice);
  await decoder.close();
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
});

test('skips a byte order mark before any line, as joined files have', async () => {
  const lines = [
    '{"id":1,"x":1.5}',
    '\ufeff{"id":2,"x":2.5}',
    '\ufeff\ufeff{"id":3,"x":3.5}',
    '{"id":"\ufeff4","x":4.5}',
  ];
  const table = await read(`\ufeff${lines.join('\r\n')}\n`);
  assert.deepEqual(table.columns, { id: ['1', '2', '3', '\ufeff4'], x: [1.5, 2.5, 3.5, 4.5] });
  assert.deepEqual(table.problems, []);
});
