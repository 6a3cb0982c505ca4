import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ModelFault, type ModelValue } from '../../../src/model/trees/model-value.js';
import { readJson } from '../../../src/model/trees/read-json.js';
import { readUbjson } from '../../../src/model/trees/read-ubjson.js';
import fc from '../../seeded.js';
import { casesFolder } from './tree-cases.js';

const timeout = 20_000;

/** A value as `JSON.parse` has it. */
function plain(value: ModelValue): unknown {
  if (value instanceof Float64Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
  return value;
}

const json = (text: string) => plain(readJson(Buffer.from(text)));

test('reads JSON as JSON.parse does', { timeout }, () => {
  const property = fc.property(fc.json({ noUnicodeString: false } as fc.JsonSharedConstraints), (text) => {
    if (text.includes('__proto__')) return;
    assert.deepEqual(json(text), JSON.parse(text));
  });
  fc.assert(property, { numRuns: 500 });
  assert.deepEqual(json(' { "a" : [ 1 , -2.5e-3, 1E+2 ] ,"b":"\\u00e9\\n" } \n'), {
    a: [1, -0.0025, 100],
    b: 'é\n',
  });
});

test('refuses JSON that is broken, with the byte', { timeout }, () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['{"a":1,"b":2,"a":3}', /the key "a" occurs twice, the second time at byte 13/],
    ['{"a":[1,2', /the file ends within the model, at byte 9/],
    ['{"a":', /ends within the model, at byte 5/],
    ['{"a":"x', /ends within the model/],
    ['[1,]', /no value at byte 3/],
    ['{"a" 1}', /expected a colon, found "1}" at byte 5/],
    ['[NaN]', /the value NaN\] at byte 1|the value NaN at byte 1/],
    ['[01]', /"01" is not a number at byte 1/],
    ['[1-2]', /"1-2" is not a number/],
    ['{} {}', /more text after the end of the model at byte 3/],
    ['["\u0001"]', /a control character in a text at byte 2/],
    ['["\\x"]', /an invalid escape in a text at byte 1/],
    ['', /ends within the model, at byte 0/],
    ['['.repeat(5000), /more than 1000 nested lists and objects at byte 1000/],
  ];
  for (const [text, expected] of faults) {
    assert.throws(
      () => readJson(Buffer.from(text)),
      (error) => error instanceof ModelFault && expected.test(error.message),
      text.slice(0, 30),
    );
  }
});

const ubjson = readFileSync(join(casesFolder, 'xgboost-binary/model.ubj'));

test('refuses UBJSON that is cut short at any byte', { timeout }, () => {
  assert.deepEqual(plain(readUbjson(ubjson)), plain(readUbjson(Buffer.concat([ubjson, Buffer.from('N')]))));
  for (let length = 0; length < ubjson.length; length += 7)
    assert.throws(() => readUbjson(ubjson.subarray(0, length)), ModelFault, `${length} bytes`);
});

test('refuses UBJSON that announces more than it has, without the memory for it', { timeout }, () => {
  const typed = Buffer.concat([Buffer.from('[$d#L'), Buffer.from([0, 0, 0, 255, 255, 255, 255, 255])]);
  assert.throws(() => readUbjson(typed), /1099511627775 values or bytes are declared/);
  const untyped = Buffer.concat([Buffer.from('[#L'), Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])]);
  assert.throws(() => readUbjson(untyped), /4294967296 values or bytes are declared/);
  assert.throws(() => readUbjson(Buffer.from('[$x#i\x01')), /a list of the type "x" at byte 2/);
  assert.throws(() => readUbjson(Buffer.from('{i\x01aZi\x01aZ}')), /the key "a" occurs twice/);
  assert.throws(() => readUbjson(Buffer.from('['.repeat(5000))), /more than 1000 nested/);
  assert.throws(() => readUbjson(Buffer.from('Q')), /the type "Q", which is not one of UBJSON, at byte 0/);
});

test('bounds what a document may hold', { timeout }, () => {
  assert.throws(
    () => readJson(Buffer.from(`[${'{},'.repeat(2_000_001)}{}]`)),
    /too many lists and objects at byte/,
  );
});
