import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawForm } from '../../src/chunk/raw-form.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { namesToRedact, rawCell, redactRaw, withheld } from '../../src/repair/redact.js';
import fc from '../seeded.js';
import { chunkOf, contract, planOf, rowRule } from './tables.js';

const text: RawForm = {
  form: 'text',
  delimiter: ',',
  quote: '"',
  escape: '"',
  columns: ['id', 'ssn', 'name'],
};
const json: RawForm = { form: 'json', columns: ['id', 'ssn', 'name'] };
const ssn = new Set(['ssn']);

const rows: readonly (readonly [raw: string, shown: string])[] = [
  ['1,123-45,Ann', '1,[redacted],Ann'],
  ['1,123-45,Ann\r\n', '1,[redacted],Ann\r\n'],
  ['1,"12,3",Ann', '1,[redacted],Ann'],
  ['1,"a""b",Ann', '1,[redacted],Ann'],
  ['"1\n2",x,"y"', '"1\n2",[redacted],"y"'],
  ['1,,', '1,[redacted],'],
  ['1,123-45', withheld],
  ['1,123-45,Ann,more', withheld],
  ['1,"123-45,Ann', withheld],
  ['1,"123"45,Ann', withheld],
  ['1,12"3,Ann', withheld],
  ['', withheld],
];

for (const [raw, shown] of rows) {
  test(`shows ${JSON.stringify(raw)} as ${JSON.stringify(shown)}`, () => {
    assert.equal(redactRaw(raw, text, ssn), shown);
  });
}

test('follows the dialect: delimiter, escape, no quotes', () => {
  const backslash: RawForm = { ...text, delimiter: '||', escape: '\\' };
  assert.equal(redactRaw('1||"a\\"b||c"||Ann', backslash, ssn), '1||[redacted]||Ann');
  assert.equal(redactRaw('1||"a\\\\"||Ann', backslash, ssn), '1||[redacted]||Ann');
  assert.equal(redactRaw('1,"x,Ann', { ...text, quote: null, escape: null }, ssn), '1,[redacted],Ann');
});

test('no well-formed row shows a redacted cell, and all others stay as they were (property)', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ') });
  const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  fc.assert(
    fc.property(cell, cell, cell, (a, b, c) => {
      const raw = [a, b, c].map(quoted).join(',');
      assert.equal(redactRaw(raw, text, ssn), [quoted(a), withheld, quoted(c)].join(','));
    }),
  );
});

test('takes values out of JSON without touching the rest, to the last digit', () => {
  const raw =
    '{"id": 9007199254740993, "ssn": {"a": ["1}", 2]}, "na\\"me": "x, \\"ssn\\": 1", "ssn": "\\\\"}';
  const shown =
    '{"id": 9007199254740993, "ssn":"[redacted]", "na\\"me": "x, \\"ssn\\": 1", "ssn":"[redacted]"}';
  assert.equal(redactRaw(raw, json, ssn), shown);
  assert.equal(redactRaw('{"ssn": "12', json, ssn), withheld);
  assert.equal(redactRaw('{}', json, ssn), '{}');
});

test('JSON rows hide the redacted names and keep the others (property)', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'ssn', 'b"', 'c:{'), fc.jsonValue()), (row) => {
      const shown = redactRaw(JSON.stringify(row), json, ssn);
      const wanted = Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, name === 'ssn' ? withheld : value]),
      );
      assert.equal(shown, JSON.stringify(wanted));
    }),
  );
});

test('a redacted value is in no problem, no count of unknown values, and no rule that reads it', () => {
  const secret = '123-45';
  const chunk = chunkOf({
    ssn: { type: 'string', cells: [secret, 'ok'], categories: ['ok'] },
    key: { type: 'string', cells: [secret, 'k'] },
    n: { type: 'int32', cells: [5, 6] },
  });
  const kind = { code: 'stray-quote', column: null, expected: 'a row', outcome: 'repaired' } as const;
  chunk.problems.add(kind, 1, `1,${secret}`);
  const contracts = [
    contract('ssn', 'string', { categories: ['ok'] }),
    contract('key', 'string', { key: true }),
    contract('n', 'int32'),
  ];
  const plan = planOf(contracts, {
    redact: ['ssn', 'key'],
    audit: true,
    rules: [rowRule('ssn', 'ssn != "ok" and n < 6', 'flag')],
  });
  const repaired = createRepair(plan).apply(chunk, Int32Array.of(0));
  assert.equal(repaired.chunk.problems.length, 4);
  assert.ok(
    !JSON.stringify([...repaired.chunk.problems, repaired.became, repaired.unknown]).includes(secret),
  );
  assert.ok([...repaired.chunk.problems].some(({ found }) => found === 'n=5'));
  assert.deepEqual(repaired.unknown, [{ column: 'ssn', total: 1, values: [], unlisted: 1 }]);
});

test('texts of a row whose structure is broken are withheld whatever column they stand in', () => {
  const secret = '123-45';
  const chunk = chunkOf({
    ssn: { type: 'string', cells: [null, 'a'] },
    name: { type: 'string', cells: [secret, 'Zed'], categories: ['Ann'] },
    age: { type: 'int32', cells: [null, null] },
  });
  const note = (code: string, column: string | null, row: number, found: string) =>
    chunk.problems.add({ code, column, expected: '', outcome: 'flagged' }, row, found);
  note('unclosed-quote', 'name', 0, `Ann,${secret}`);
  note('unreadable', 'age', 0, secret);
  note('unreadable', 'age', 1, 'old');
  const contracts = [
    contract('ssn', 'string'),
    contract('name', 'string', { categories: ['Ann'] }),
    contract('age', 'int32'),
  ];
  const { problems } = createRepair(planOf(contracts, { redact: ['ssn'] })).apply(chunk, null).chunk;
  const found = Array.from(problems, (problem) => problem.found);
  assert.deepEqual(found, [withheld, withheld, 'old', withheld, 'Zed']);
});

test('knows a redacted column by its name in the contract and in the file, however that is written', () => {
  const file = [{ name: 'ID' }, { name: ' SSN' }, { name: 'Tax Number' }, { name: 'ssn ' }];
  const matched = [
    { name: 'ssn', source: 1 },
    { name: 'tax', source: 2 },
    { name: 'gone', source: null },
  ];
  assert.deepEqual([...namesToRedact(['ssn', 'tax', 'gone'], matched, file)].sort(), [
    ' SSN',
    'Tax Number',
    'gone',
    'ssn',
    'ssn ',
    'tax',
  ]);
});

test('the cell of a column in a raw row of a typed format: a text as it is, a number as it stands, null where there is none', () => {
  const form = { form: 'json', columns: ['a', 'b', 'c', 'd', 'e', 'f'] } as const;
  const raw = '{"a":null,"b":"null","c":"","d":9007199254740993,"e":"NaN","f":[1,"x"]}';
  assert.deepEqual(
    form.columns.map((_, index) => rawCell(raw, form, index)),
    [null, 'null', '', '9007199254740993', 'NaN', '[1,"x"]'],
  );
  assert.equal(rawCell(raw, form, 6), null);
  assert.equal(rawCell('{"a":1,"b":"cut', form, 0), null);
});
