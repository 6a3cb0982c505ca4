import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk } from '../../src/chunk/chunk.js';
import type { ColumnType } from '../../src/chunk/column.js';
import { evaluator, valueEvaluator } from '../../src/repair/evaluate-expression.js';
import type { Expression } from '../../src/repair/expression.js';
import { parseDerivation, parseExpression } from '../../src/repair/parse-expression.js';
import type { Work } from '../../src/repair/work.js';
import fc from '../seeded.js';
import { type Cell, chunkOf, type TestColumn } from './tables.js';

function workOf(chunk: Chunk): Work {
  return {
    rows: chunk.rows,
    columns: new Map(chunk.columns),
    problems: chunk.problems,
    became: null,
    dead: null,
    malformed: null,
    repeated: null,
    read: 0,
    surveys: new Map(),
    unknown: [],
    onDerived: null,
  };
}

function evaluate(text: string, columns: Readonly<Record<string, TestColumn>>): number[] {
  const types = new Map<string, ColumnType>(Object.entries(columns).map(([name, { type }]) => [name, type]));
  return [...evaluator(parseExpression(text, types, 'r'))(workOf(chunkOf(columns)))];
}

const table = {
  a: { type: 'float32', cells: [1, 2, null, 4] },
  b: { type: 'int64', cells: [10n, null, 3n, -4n] },
  name: { type: 'string', cells: ['x', 'Yy', null, 'ÄÖ'] },
  text: { type: 'string', layout: 'text', cells: ['x', 'yy', 'z', null] },
  late: { type: 'boolean', cells: [true, false, null, true] },
  day: { type: 'date', cells: [15709, 0, null, -1] },
  at: { type: 'timestamp', cells: [15709n * 86_400_000_000n + 21_600_000_000n, 0n, null, -1n] },
} as const;

const cases: readonly (readonly [text: string, truths: readonly (0 | 1 | 2)[]])[] = [
  ['a < 2', [1, 0, 2, 0]],
  ['a <= 2', [1, 1, 2, 0]],
  ['a > b', [0, 2, 2, 1]],
  ['a >= 4 or late', [1, 0, 2, 1]],
  ['a != 2', [1, 0, 2, 1]],
  ['b == 10', [1, 2, 0, 0]],
  ['-a < -1', [0, 1, 2, 1]],
  ['a * 2 + 1 == 9', [0, 0, 2, 1]],
  ['a / 0 > 1', [1, 1, 2, 1]],
  ['(a - a) / 0 == 1', [2, 2, 2, 2]],
  ['b % 3 == 1', [1, 2, 0, 0]],
  ['a in [1, 4]', [1, 0, 2, 1]],
  ['not late', [0, 1, 2, 0]],
  ['late == true', [1, 0, 2, 1]],
  ['late in [false]', [0, 1, 2, 0]],
  ['is_missing(a)', [0, 0, 1, 0]],
  ['is_missing(a + b)', [0, 1, 1, 0]],
  ['is_missing(lower(name))', [0, 0, 1, 0]],
  ['is_missing(a > b)', [0, 1, 1, 0]],
  ['is_missing(a) or a < 2', [1, 0, 1, 0]],
  ['is_missing(a) and b == 3', [0, 0, 1, 0]],
  ['name == "x"', [1, 0, 2, 0]],
  ['name == text', [1, 0, 2, 2]],
  ['lower(name) == text', [1, 1, 2, 2]],
  ['name in ["x", "ÄÖ"]', [1, 0, 2, 1]],
  ['name < "Z"', [0, 1, 2, 0]],
  ['length(name) == 2', [0, 1, 2, 1]],
  ['upper(text) == "YY"', [0, 1, 0, 2]],
  ['concat(name, text) == "xx"', [1, 0, 2, 2]],
  ['starts_with(name, "Y") or ends_with(text, "z")', [0, 1, 1, 2]],
  ['contains(name, "y")', [0, 1, 2, 0]],
  ['day == "2013-01-04"', [1, 0, 2, 0]],
  ['day - "2013-01-01" == 3', [1, 0, 2, 0]],
  ['day + 1 > "1970-01-01"', [1, 1, 2, 0]],
  ['year(day) == 1969 and month(day) == 12 and day(day) == 31', [0, 0, 2, 1]],
  ['weekday(day) == 5', [1, 0, 2, 0]],
  ['hour(at) == 6', [1, 0, 2, 0]],
  ['hour(at) == 23', [0, 0, 2, 1]],
  ['year(at) == 2013', [1, 0, 2, 0]],
  ['at - "2013-01-04T05:00:00Z" == 3600', [1, 0, 2, 0]],
  ['at >= day', [1, 1, 2, 1]],
  ['round(a / 3) == 1', [0, 1, 2, 1]],
  ['max(a, b) == 10', [1, 2, 2, 0]],
  ['abs(b) == 4', [0, 2, 0, 1]],
  ['true', [1, 1, 1, 1]],
  ['sign(b) + sqrt(a) == 3', [0, 2, 2, 0]],
  ['abs(log(exp(a)) - a) < 0.001 and log10(100) == 2 and log1p(0) == 0', [1, 1, 2, 1]],
  ['power(a, 2) == 16', [0, 0, 2, 1]],
  ['quarter(day) == 4 and day_of_year(day) == 365', [0, 0, 2, 1]],
  ['day_of_year(day) == 4 and week(day) == 1', [1, 0, 2, 0]],
  ['hour(at) == 23 and minute(at) == 59 and second(at) == 59', [0, 0, 2, 1]],
  ['hour(local(at, "America/New_York")) == 1', [1, 0, 2, 0]],
  ['year(local(at, "Asia/Kolkata")) == 1970', [0, 1, 2, 1]],
  ['bin(a, 2, 4) == 1', [0, 1, 2, 0]],
  ['bin(a, 2, 4) == 2', [0, 0, 2, 1]],
  ['if(a > 1, a, b) == 10', [1, 0, 2, 0]],
  ['if(late, name, "none") == "x"', [1, 0, 2, 0]],
  ['if(late, "yes", name) == "Yy"', [0, 1, 2, 0]],
  ['if(a > 1, late, true)', [1, 0, 2, 1]],
  ['coalesce(a, b, 0) == 3', [0, 0, 1, 0]],
  ['coalesce(name, "none") == "none"', [0, 0, 1, 0]],
  ['coalesce(late, false)', [1, 0, 0, 1]],
  ['coalesce(day, "2020-02-29") == "2020-02-29"', [0, 0, 1, 0]],
];

for (const [text, truths] of cases) {
  test(`evaluates ${text}`, () => {
    assert.deepEqual(evaluate(text, table), truths);
  });
}

test('knows the calendar from 1600 to 2400', () => {
  const days = Array.from({ length: 4000 }, (_, i) => -135_140 + i * 73);
  const dates = days.map((day) => new Date(day * 86_400_000));
  for (const [i, date] of dates.entries()) {
    const column = { d: { type: 'date', cells: [days[i]!] } } as const;
    const text = `year(d) == ${date.getUTCFullYear()} and month(d) == ${date.getUTCMonth() + 1} and day(d) == ${date.getUTCDate()}`;
    if (i % 40 === 0) assert.deepEqual(evaluate(text, column), [1], date.toISOString());
  }
});

test('knows days of the year and ISO weeks from 1600 to 2400', () => {
  const days = Array.from({ length: 4000 }, (_, i) => -135_140 + i * 73);
  const parts = (name: string): Float64Array => {
    const evaluate = valueEvaluator(parseDerivation(`${name}(d)`, new Map([['d', 'date']]), 'x'));
    return evaluate(workOf(chunkOf({ d: { type: 'date', cells: days } }))) as Float64Array;
  };
  const [week, dayOfYear, quarter] = ['week', 'day_of_year', 'quarter'].map(parts) as Float64Array[];
  for (const [i, day] of days.entries()) {
    const date = new Date(day * 86_400_000);
    const year = Date.UTC(date.getUTCFullYear(), 0, 1);
    assert.equal(dayOfYear![i], (date.getTime() - year) / 86_400_000 + 1);
    assert.equal(quarter![i], Math.floor(date.getUTCMonth() / 3) + 1);
    const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000);
    const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
    assert.equal(
      week![i],
      Math.ceil(((thursday.getTime() - first) / 86_400_000 + 1) / 7),
      date.toISOString(),
    );
  }
});

test('local clocks follow each change within its hour, and offsets of seconds', () => {
  const at = (text: string) => BigInt(Date.parse(text)) * 1000n;
  const evaluate = (zone: string, text: string): string => {
    const expression = parseDerivation(`local(t, "${zone}")`, new Map([['t', 'timestamp']]), 'x');
    const [micros] = valueEvaluator(expression)(
      workOf(chunkOf({ t: { type: 'timestamp', cells: [at(text)] } })),
    ) as Float64Array;
    return new Date(micros! / 1000).toISOString();
  };
  // Lord Howe changes by half an hour; New York forward from 06:00 UTC; Amsterdam was at 19:32 until 1937.
  assert.equal(evaluate('Australia/Lord_Howe', '2024-04-06T14:59:59Z'), '2024-04-07T01:59:59.000Z');
  assert.equal(evaluate('Australia/Lord_Howe', '2024-04-06T15:00:00Z'), '2024-04-07T01:30:00.000Z');
  assert.equal(evaluate('America/New_York', '2024-03-10T06:59:59Z'), '2024-03-10T01:59:59.000Z');
  assert.equal(evaluate('America/New_York', '2024-03-10T07:00:00Z'), '2024-03-10T03:00:00.000Z');
  assert.equal(evaluate('America/St_Johns', '2009-11-01T02:31:30Z'), '2009-10-31T23:01:30.000Z');
});

test('vectors are used again for a chunk of another length', () => {
  const evaluateAll = evaluator(parseExpression('a + 1 > 2', new Map([['a', 'float32']]), 'r'));
  for (const length of [3, 10, 2, 0, 11]) {
    const cells = Array.from({ length }, (_, i) => i);
    const truths = evaluateAll(workOf(chunkOf({ a: { type: 'float32', cells } })));
    assert.deepEqual(
      [...truths],
      cells.map((cell) => (cell > 1 ? 1 : 0)),
    );
  }
});

/** The same expression row by row, as plainly as it can be said. */
function scalar(node: Expression, row: Readonly<Record<string, Cell>>): Cell {
  switch (node.op) {
    case 'literal':
      return node.value;
    case 'column':
      return row[node.name]!;
    case 'not': {
      const of = scalar(node.of, row);
      return of === null ? null : !of;
    }
    case 'is-missing':
      return scalar(node.of, row) === null;
    case 'and':
    case 'or': {
      const sides = [scalar(node.left, row), scalar(node.right, row)];
      const settling = node.op === 'or';
      if (sides.includes(settling)) return settling;
      return sides.includes(null) ? null : !settling;
    }
    case 'compare': {
      const a = scalar(node.left, row) as number | null;
      const b = scalar(node.right, row) as number | null;
      if (a === null || b === null) return null;
      const tests = { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b, '==': a === b, '!=': a !== b };
      return tests[node.operator];
    }
    case 'calculate': {
      const a = scalar(node.left, row) as number | null;
      const b = scalar(node.right, row) as number | null;
      if (a === null || b === null) return null;
      const result = { '+': a + b, '-': a - b, '*': a * b, '/': a / b, '%': a % b }[node.operator];
      return Number.isNaN(result) ? null : result;
    }
    default:
      throw new Error(node.op);
  }
}

test('gives for every row what a plain evaluation of that row gives (property)', () => {
  const numbers = fc.letrec<{ number: string; truth: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom('a', 'b', '0', '1', '2.5'),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number'))
        .map(([x, op, y]) => `(${x} ${op} ${y})`),
    ),
    truth: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('t', 'is_missing(a)', 'is_missing(t)'),
      fc
        .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
        .map(([x, op, y]) => `${x} ${op} ${y}`),
      fc
        .tuple(tie('truth'), fc.constantFrom('and', 'or'), tie('truth'))
        .map(([x, op, y]) => `(${x} ${op} ${y})`),
      tie('truth').map((x) => `not (${x})`),
    ),
  }));
  const number = fc.option(fc.constantFrom(-2, 0, 1, 2, 2.5, 7), { nil: null });
  const rows = fc.array(fc.record({ a: number, b: number, t: fc.option(fc.boolean(), { nil: null }) }), {
    minLength: 1,
    maxLength: 20,
  });
  const types = new Map<string, ColumnType>([
    ['a', 'float64'],
    ['b', 'float32'],
    ['t', 'boolean'],
  ]);
  fc.assert(
    fc.property(numbers.truth, rows, (text, cells) => {
      fc.pre(text.length <= 2000);
      const expression = parseExpression(text, types, 'r');
      const chunk = chunkOf({
        a: { type: 'float64', cells: cells.map(({ a }) => a) },
        b: { type: 'float32', cells: cells.map(({ b }) => b) },
        t: { type: 'boolean', cells: cells.map(({ t }) => t) },
      });
      const truths = evaluator(expression)(workOf(chunk));
      const wanted = cells.map((row) => {
        const value = scalar(expression, row);
        return value === null ? 2 : Number(value);
      });
      assert.deepEqual([...truths], wanted);
    }),
    { numRuns: 500 },
  );
});
