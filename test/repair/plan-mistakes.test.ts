import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { planMistakes } from '../../src/repair/plan-mistakes.js';
import { contract, fill, planOf, rowRule } from './tables.js';

const sound = planOf(
  [
    contract('a', 'float32', { range: { low: 0, high: 1 }, missing: fill(0) }),
    contract('k', 'string', { key: true }),
  ],
  { rules: [rowRule('r', 'a > 0', 'flag')] },
);

test('a sound plan has no mistakes', () => {
  assert.deepEqual(planMistakes(sound), []);
});

test('lists every mistake once, each with its column or rule and what to do', () => {
  const plan = planOf(
    [
      contract('a', 'float32', { missing: fill('none'), range: { low: 2, high: 1 } }),
      contract('b', 'string', { range: { low: 0, high: 1 }, pattern: '(' }),
      contract('c', 'string', { aliases: [{ value: 'x', from: ['y'] }] }),
      contract('d', 'string', { categories: ['x', 'z'], aliases: [{ value: 'q', from: ['y'] }] }),
      contract('e', 'string', { categories: ['x', 'z'], aliases: [{ value: 'x', from: ['z'] }] }),
      contract('f', 'date', { categories: ['x'] }),
      contract('g', 'int32', { minLength: 1 }),
      contract('h', 'int32', { sentinels: [1.5] }),
      contract('i', 'int32', { range: { low: 0.5, high: null } }),
      contract('j', 'list<float32>', { key: true }),
      contract('k', 'int64', { key: true, repeated: 'reject' }),
      contract('l', 'int64', { absent: { kind: 'fail' } }),
      contract('m', 'int32', { categories: ['1', 'two'] }),
    ],
    {
      absent: ['l'],
      rules: [
        rowRule('one', 'a >', 'flag'),
        rowRule('two', 'a > 1', 'flag'),
        rowRule('two', 'a > 2', 'flag'),
        rowRule('three', 'zz > 1', 'flag'),
      ],
    },
  );
  const mistakes = planMistakes(plan);
  const found = mistakes.map(({ column, rule, message }) => `${column ?? rule}: ${message}`);
  const wanted = [
    /^a: "columns\.a\.range" must begin below its end, found 2 to 1$/,
    /^a: "columns\.a\.missing" must be a value of type float32, found none$/,
    /^b: "columns\.b\.range" needs a column of numbers or dates, found type string$/,
    /^b: "columns\.b\.pattern" must be a regular expression, found \($/,
    /^c: "columns\.c\.aliases" needs "categories"$/,
    /^d: "columns\.d\.aliases" must stand for a known value, found q$/,
    /^e: "columns\.e\.aliases" must give each text one meaning, found z for z and x$/,
    /^f: "columns\.f\.categories" needs a column of type string or a number, found date$/,
    /^g: "columns\.g\.min_length" needs a column of type string, found int32$/,
    /^h: "columns\.h\.sentinels" must be a value of type int32, found 1.5$/,
    /^i: "columns\.i\.range" must be a value of type int32, found 0.5$/,
    /^j: "columns\.j\.key" needs a column of single values, found type list<float32>$/,
    /^k: "columns\.k\.repeated" must be the same for all columns of the key, found flag and reject$/,
    /^l: column "l" must be in the input, found no column with that name$/,
    /^m: "columns\.m\.categories" must be a value of type int32, found two$/,
    /^one: rule "one" cannot be read at character 4/,
    /^two: rule "two" must have a unique name$/,
    /^three: rule "three" names a column that the contract does not have: zz$/,
  ];
  for (const pattern of wanted)
    assert.ok(
      found.some((text) => pattern.test(text)),
      `${pattern} in\n${found.join('\n')}`,
    );
  assert.equal(found.length, wanted.length, found.join('\n'));
  for (const { hint } of mistakes) assert.ok(hint !== null && hint.length > 5);
  assert.throws(() => createRepair(plan), InvalidError);
});
