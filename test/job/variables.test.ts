// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as they stand in a job file
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDate, refusedVariable, replaceVariables } from '../../src/job/variables.js';

const variables = new Map([
  ['date', '2013-01-04'],
  ['region', 'north'],
]);

test('replaces names by values, and leaves other dollars alone', () => {
  const { text, unset } = replaceVariables('${region}/${date}*.csv ^a$ $5 $$ $${date}', variables);
  assert.equal(text, 'north/2013-01-04*.csv ^a$ $5 $$ ${date}');
  assert.deepEqual(unset, []);
});

test('does not look for variables in a value', () => {
  assert.equal(replaceVariables('${a}', new Map([['a', '${b} $& $1']])).text, '${b} $& $1');
});

const unset: readonly (readonly [text: string, hint: string])[] = [
  ['${dat}', 'did you mean ${date}?'],
  ['${month}', 'give it with --set month=value'],
  ['${env.HOME}', 'environment variables are not read; give the value with --set name=value'],
  ['${}', 'a variable is letters, digits and "_"'],
  ['${__proto__}', 'give it with --set __proto__=value'],
];
for (const [text, hint] of unset) {
  test(`says what to do about ${text}`, () => {
    const replaced = replaceVariables(text, variables);
    assert.equal(replaced.text, text);
    assert.deepEqual(replaced.unset, [{ message: `variable "${text}" is not set`, hint }]);
  });
}

test('refuses names and values that cannot be distinguished from something else', () => {
  for (const name of ['date', 'job', '', '1a', 'a-b', 'a b', 'a}'])
    assert.notEqual(refusedVariable(name, 'x'), null, name);
  for (const value of ['a\nb', 'a\0', '\u001b[31m']) assert.notEqual(refusedVariable('a', value), null);
  for (const value of ['', '../in', 'größe', '100%']) assert.equal(refusedVariable('a', value), null);
});

test('takes dates of ISO 8601 that exist', () => {
  for (const date of [
    '2013',
    '2013-01',
    '2013-01-04',
    '20130104',
    '2012-02-29',
    '2013-01-04T06',
    '2013-01-04T06:00:00Z',
  ]) {
    assert.equal(isDate(date), true, date);
  }
  for (const date of [
    '',
    'today',
    '2013-13-01',
    '2013-02-29',
    '04.01.2013',
    '2013-01-04/..',
    '2013-01-04 06',
    '2013-1-4',
  ]) {
    assert.equal(isDate(date), false, date);
  }
});
