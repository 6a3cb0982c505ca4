import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../src/chunk/column.js';
import { InvalidError } from '../../src/errors.js';
import { parseExpression } from '../../src/repair/parse-expression.js';

const columns: ReadonlyMap<string, ColumnType> = new Map([
  ['a', 'float32'],
  ['b', 'int64'],
  ['dep delay', 'int32'],
  ['name', 'string'],
  ['late', 'boolean'],
  ['day', 'date'],
  ['at', 'timestamp'],
  ['vector', 'list<float32>'],
]);

const refused: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /must|cannot use several expressions, or none/],
  ['a <', /cannot be read at character 4/],
  ['a < 1; b < 1', /several expressions/],
  ['a < 1 b', /several expressions/],
  ['a + 1', /must be true or false, found a number/],
  ['c < 1', /does not have: c/],
  ['a < "1"', /cannot compare a number with a string/],
  ['late < true', /cannot use < between true and false/],
  ['a.b < 1', /cannot use a dot/],
  ['a["constructor"] == 1', /cannot use a dot/],
  ['this == 1', /cannot use this/],
  ['constructor == 1', /does not have: constructor/],
  ['__proto__ == 1', /does not have: __proto__/],
  ['toString() == 1', /calls toString\(\), which does not exist/],
  ['hasOwnProperty(a)', /which does not exist/],
  ['process.exit()', /calls something that is not a function/],
  ['eval("1")', /calls eval\(\), which does not exist/],
  ['(a)(1)', /which does not exist/],
  ['a ? true : false', /cannot use \? :/],
  ['a in "x"', /must have a list after in/],
  ['a in [b]', /only values in the list/],
  ['a in ["x"]', /cannot look for a string with a number/],
  ['[1] == 1', /a list except after in/],
  ['a == null', /cannot use null/],
  ['a & 1 == 1', /cannot use &/],
  ['~a == 1', /cannot use ~/],
  ['vector == 1', /cannot use column vector of type list<float32>/],
  ['day > "soon"', /compares a date with "soon"/],
  ['day > "2013-02-30"', /compares a date with "2013-02-30"/],
  ['name + "x" == "ax"', /cannot use \+ between a string and a string/],
  ['length(a) > 1', /must give length\(\) a string, found a number/],
  ['min(a) > 1', /must give min\(\) 2 values, found 1/],
  ['is_missing()', /must give is_missing\(\) one value/],
  ['column(name) == "x"', /must pass column\(\) one name/],
  [`a < ${'1 + '.repeat(600)}1`, /at most 2000 characters/],
];

for (const [text, message] of refused) {
  test(`refuses ${text.slice(0, 40) || 'nothing'} and says what is wrong`, () => {
    assert.throws(
      () => parseExpression(text, columns, 'r'),
      (error) => {
        assert.ok(error instanceof InvalidError);
        assert.match(error.message, message);
        assert.match(error.message, /^rule "r" /);
        assert.ok(error.hint !== null && error.hint !== '');
        return true;
      },
    );
  });
}

test('reads the operators by word and by sign, and binds them as people expect', () => {
  const read = (text: string) => parseExpression(text, columns, 'r');
  assert.deepEqual(read('not late and a < 1 or b == 2'), read('((!late) && (a < 1)) || (b == 2)'));
  assert.deepEqual(read('a + b * 2 > 3'), read('(a + (b * 2)) > 3'));
  assert.deepEqual(read('name in ["x", "y"] and late'), read('(name in ["x","y"]) && late'));
  assert.deepEqual(read('column("dep delay") > -5').op, 'compare');
  assert.deepEqual(read('a === 1'), read('a == 1'));
});

test('a text beside a date or timestamp is one itself', () => {
  const right = (text: string) => {
    const node = parseExpression(text, columns, 'r');
    return node.op === 'compare' && node.right.op === 'literal' ? node.right.value : null;
  };
  assert.equal(right('day >= "2013-01-04"'), 15709);
  assert.equal(right('at >= "2013-01-04T06:00:00Z"'), 15709 * 86_400e6 + 6 * 3600e6);
  assert.equal(right('at >= "2013-01-04 06:00"'), 15709 * 86_400e6 + 6 * 3600e6);
});

test('a deep nest is read without overflowing the stack', () => {
  const text = `${'('.repeat(900)}a${')'.repeat(900)} < 1`;
  assert.equal(parseExpression(text, columns, 'r').op, 'compare');
});
