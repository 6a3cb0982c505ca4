import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codedTextsOf } from '../../src/chunk/coded-texts.js';
import type { TextColumn } from '../../src/chunk/column.js';
import { parseCell } from '../../src/formats/text/parse-cell.js';
import fc from '../seeded.js';
import { column, comma, kernels, load, readCells, runs, textOf } from './both-kernels.js';

const texts = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', 'é', '"', ',', '\n', ' ', '\t', '\u00a0', '😀'),
    maxLength: 20,
  }),
  fc.nat(70).map((n) => 'long text '.repeat(7).slice(0, n)),
  fc.nat(40).map((n) => `${'q'.repeat(n)}"${'r'.repeat(40 - n)}`),
  fc.constantFrom(
    '',
    'NA',
    ' NA ',
    '\u3000NA\u2003',
    '\ufeffNA',
    '\u1680',
    'null',
    'nulls',
    'AA',
    'UA',
    'aa',
    'AA ',
  ),
);
const lists = fc.subarray(['', 'NA', 'null', 'AA', '"', 'a "null" token of some length', 'é', '\u00a0x']);

/** A cell between quotes. */
function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

test('strings of either layout come back as they were, and null tokens are missing', () => {
  const plans = fc.record({
    layout: fc.constantFrom('text' as const, 'dictionary' as const),
    coded: fc.boolean(),
    nullValues: lists,
    categories: lists,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, fc.boolean()), { maxLength: 40 }), plans, (cells, rest) => {
      const plan = column('string', rest);
      for (const kernel of kernels) {
        const written = cells.map(([text, asked]) => (asked || /["\n]/.test(text) ? quote(text) : text));
        const { values, missing, slow } = readCells(kernel, written, plan);
        const expected = cells.map(([text]) => parseCell(text, plan).value);
        assert.deepEqual(values, expected);
        assert.equal(missing, expected.filter((value) => value === null).length);
        assert.equal(slow, 0);
      }
    }),
    { numRuns: runs(40_000) },
  );
});

test('texts that a derived column reads are codes if they repeat, and the same texts either way', () => {
  const few = Array.from({ length: 6000 }, (_, row) =>
    row % 7 === 0 ? 'NA' : row % 5 === 0 ? `"say ""${row % 600}"""` : `text number ${row % 900}`,
  );
  const many = few.map((cell, row) => (row % 2 === 0 ? `only row ${row}` : cell));
  const written = column('string', { layout: 'text' });
  for (const kernel of kernels)
    for (const [cells, isCoded] of [
      [few, true],
      [many, false],
      [few, true],
    ] as const) {
      const expected = readCells(kernel, cells, written);
      const plans = [written, { ...written, coded: true }, written].map((plan, source) => ({
        ...plan,
        source,
      }));
      kernel.prepare({ ...comma, fields: 3 }, plans);
      const bytes = Buffer.from(cells.map((cell) => `${cell},${cell},${cell}\n`).join(''));
      load(kernel, bytes);
      kernel.scan(0, bytes.length);
      const parsed = kernel.parse().map((one) => one!);
      for (const { column: found, missing } of parsed) {
        assert.ok(found.type === 'string' && found.layout === 'text');
        assert.equal(missing, expected.missing);
        const values = cells.map((_, row) => textOf(found, row));
        assert.deepEqual(values, expected.values);
      }
      const codes = parsed.map(({ column: found }) => codedTextsOf(found as TextColumn) !== null);
      assert.deepEqual(codes, [false, isCoded, false]);
    }
});

test('a dictionary begins with the categories in their order; what else occurs follows in the order of its rows', () => {
  const plan = column('string', {
    categories: ['UA', 'AA', 'say "x"', 'a category longer than eight bytes'],
  });
  const cells = [
    'new',
    'AA',
    'a category longer than eight bytes',
    '"say ""x"""',
    'NA',
    'newer',
    'new',
    'UA',
    '"AA"',
  ];
  for (const kernel of kernels) {
    kernel.prepare(comma, [plan]);
    for (let chunk = 0; chunk < 3; chunk++) {
      const bytes = Buffer.from(`${cells.join('\n')}\n`);
      load(kernel, bytes);
      kernel.scan(0, bytes.length);
      const [parsed] = kernel.parse();
      assert.ok(parsed?.column.type === 'string' && parsed.column.layout === 'dictionary');
      assert.deepEqual(parsed.column.dictionary, [...plan.categories, 'new', 'newer']);
      assert.deepEqual([...parsed.column.codes], [4, 1, 3, 2, -1, 5, 4, 0, 1]);
    }
    load(kernel, Buffer.from('AA\nUA\n'));
    kernel.scan(0, 6);
    const [parsed] = kernel.parse();
    assert.ok(parsed?.column.type === 'string' && parsed.column.layout === 'dictionary');
    assert.equal(parsed.column.dictionary, plan.categories);
    assert.equal(parsed.column.validity, null);
  }
});

test('a dictionary grows with its values, and codes stay what they were', () => {
  const cells = Array.from({ length: 60_000 }, (_, i) => (i % 7 === 6 ? 'same' : `value ${i % 50_000}`));
  for (const kernel of kernels) {
    const { values } = readCells(kernel, cells, column('string', { categories: ['same'] }));
    assert.deepEqual(values, cells);
  }
});

test('categories that occur twice in the contract keep their first index', () => {
  for (const kernel of kernels) {
    kernel.prepare(comma, [column('string', { categories: ['a', 'b', 'a'] })]);
    load(kernel, Buffer.from('a\nc\nb\n'));
    kernel.scan(0, 6);
    const [parsed] = kernel.parse();
    assert.ok(parsed?.column.type === 'string' && parsed.column.layout === 'dictionary');
    assert.deepEqual(
      [[...parsed.column.codes], parsed.column.dictionary],
      [
        [0, 3, 1],
        ['a', 'b', 'a', 'c'],
      ],
    );
  }
});

test('quotes are text where the dialect has none', () => {
  for (const kernel of kernels) {
    for (const layout of ['text', 'dictionary'] as const) {
      kernel.prepare({ ...comma, quote: 0 }, [
        column('string', { layout, categories: ['"a"'] }),
        column('float64'),
      ]);
      load(kernel, Buffer.from('"a"\n"1"\nb""\n'));
      assert.equal(kernel.scan(0, 12).rows, 3);
      const [strings, numbers] = kernel.parse();
      assert.deepEqual(
        [0, 1, 2].map((row) => textOf(strings!.column, row)),
        ['"a"', '"1"', 'b""'],
      );
      assert.equal(numbers!.slow, 3);
      assert.equal(kernel.cell(2, 0), 'b""');
    }
  }
});

const words = fc.constantFrom(
  'true',
  'FALSE',
  'Yes',
  'n',
  '1',
  '0',
  '"T"',
  ' f ',
  'tRuE',
  '1.0',
  '01',
  '+1',
  'on',
  '2',
);
const otherWords = fc.constantFrom(
  '',
  'NA',
  'wahr',
  'FALSCH',
  'ja',
  'K',
  '\u212a',
  'ı',
  'a word longer than all thirty-two bytes',
);

test('booleans are read by their words in any case as the exact way reads them, or left to it', () => {
  const plans = fc.record({
    nullValues: fc.subarray(['', 'NA', '0', 'f', 'No']),
    trueValues: fc.subarray([
      'true',
      'T',
      'yes',
      '1',
      'Wahr',
      'k',
      '1.0',
      'a word longer than all thirty-two bytes',
    ]),
    falseValues: fc.subarray(['false', 'f', 'NO', 'n', '0', 'falsch', 'k', '1']),
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(words, otherWords), { minLength: 1, maxLength: 30 }),
      plans,
      (cells, rest) => {
        const plan = column('boolean', { nullValues: rest.nullValues }, rest);
        for (const kernel of kernels) {
          const { values } = readCells(kernel, cells, plan);
          for (const [row, value] of values.entries()) {
            const { value: expected } = parseCell(cells[row]!.replace(/^"(.*)"$/, '$1'), plan);
            if (value === undefined) continue;
            assert.equal(value, expected === null ? null : String(Number(expected)), cells[row]);
          }
        }
      },
    ),
    { numRuns: runs(20_000) },
  );
  for (const kernel of kernels) {
    const usual = ['true', 'False', 'YES', 'no', '1', '0', ' t', '"F"', 'NA', ''];
    assert.deepEqual(readCells(kernel, usual, column('boolean')).values, [
      '1',
      '0',
      '1',
      '0',
      '1',
      '0',
      '1',
      '0',
      null,
      null,
    ]);
  }
});

test('a chunk of many columns keeps them apart: placeholders are missing in all and counted in none', () => {
  const plans = [
    column('float32', { source: 0 }),
    column('int64', { source: 1 }),
    column('string', { source: 2, layout: 'text' }),
    column('string', { source: 2, categories: ['x'] }),
    column('boolean', { source: 3 }),
    column('date', { source: 4 }),
    column('timestamp', { source: 4 }),
    column('float32', { source: 3 }),
  ];
  const rows = 5000;
  for (const kernel of kernels) {
    kernel.prepare({ ...comma, fields: 5 }, plans);
    const lines = Array.from({ length: rows }, (_, i) => {
      if (i % 9 === 4) return 'short,row\n';
      return `${i}.5,${i % 10 === 0 ? 'NA' : i},${i % 3 === 0 ? 'x' : `"t${i}"`},${i % 2},2013-01-0${1 + (i % 9)}\n`;
    });
    const bytes = Buffer.from(lines.join(''));
    load(kernel, bytes);
    for (let at = 0; at < bytes.length; ) {
      const { stop, reason } = kernel.scan(at, bytes.length);
      at = stop;
      if (reason === 'end') break;
      kernel.appendRow([]);
      at += 'short,row\n'.length;
    }
    assert.equal(kernel.rows, rows);
    const parsed = kernel.parse();
    const wholes = lines.filter((_, i) => i % 9 !== 4 && i % 10 === 0).length;
    assert.deepEqual(
      parsed.map((read) => [read?.missing, read?.slow, read?.column.length]),
      plans.map((_, i) => [i === 1 ? wholes : 0, 0, rows]),
    );
    for (let i = 0; i < rows; i++) {
      const day = 15706 + (i % 9);
      const expected =
        i % 9 === 4
          ? plans.map(() => null)
          : [
              `${i}.5`,
              i % 10 === 0 ? null : `${i}`,
              i % 3 === 0 ? 'x' : `t${i}`,
              i % 3 === 0 ? 'x' : `t${i}`,
              `${i % 2}`,
              `${day}`,
              String(BigInt(day) * 86_400_000_000n),
              `${i % 2}`,
            ];
      assert.deepEqual(
        parsed.map((read) => textOf(read!.column, i)),
        expected,
      );
    }
  }
});

test('columns that the kernels do not read are null, and the others are read beside them', () => {
  for (const kernel of kernels) {
    const layouts = { layouts: ['dd.MM.yyyy'] };
    kernel.prepare(comma, [column('list<float32>'), column('int32'), column('date', {}, layouts)]);
    load(kernel, Buffer.from('7\n'));
    kernel.scan(0, 2);
    const [list, whole, date] = kernel.parse();
    assert.deepEqual([list, whole && textOf(whole.column, 0), date], [null, '7', null]);
  }
});
