// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as they stand in a job file
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, isDate } from '../../src/job/date-layout.js';
import { leavesFolder, refusedVariable, replaceVariables, variablesIn } from '../../src/job/variables.js';

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
  ['${month:MM}', 'only the date takes a layout: ${date:yyyy/MM/dd}'],
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

const layouts: readonly (readonly [date: string, layout: string, written: string])[] = [
  ['2013-01-04', 'yyyy/MM/dd', '2013/01/04'],
  ['20130104', 'yyyy-MM-dd', '2013-01-04'],
  ['2013-01-04', 'yyyyMMdd', '20130104'],
  ['2013-01-04', 'd.M.yy', '4.1.13'],
  ['2013-12-31', 'yyyy/DDD', '2013/365'],
  ['2012-12-31', 'yyyy/DDD', '2012/366'],
  ['2013-01', 'yyyy_MM', '2013_01'],
  ['2013-01-04T06:07:08Z', "yyyy-MM-dd'T'HHmmss", '2013-01-04T060708'],
  ['2013-01-04T06', "'year='yyyy/'month='MM/'day='dd/'hour='H", 'year=2013/month=01/day=04/hour=6'],
  ['2013-01-04', "''yyyy'o''clock'", "'2013o'clock"],
  ['2013-01-04', '', ''],
];
for (const [date, layout, written] of layouts)
  test(`writes ${date} as ${layout || 'an empty layout'}`, () => {
    const { text, unset } = replaceVariables(`a/\${date:${layout}}*.csv`, new Map([['date', date]]));
    assert.deepEqual([text, unset], [`a/${written}*.csv`, []]);
  });

const wrongLayouts: readonly (readonly [date: string, layout: string, message: RegExp])[] = [
  ['2013-01-04', 'YYYY/MM/DD', /has "YYYY", which is not a part of a date$/],
  ['2013-01-04', 'yyyy/MM/DD', /has "DD", which/],
  ['2013-01-04', 'yyyy/MMM', /has "MMM", which/],
  ['2013-01-04', 'yyyyTMM', /has "T", which/],
  ['2013-01-04', "yyyy'day", /has a single quote that does not close$/],
  ['2013-01', 'yyyy/MM/dd', /needs a date with a day, found "2013-01"$/],
  ['2013', 'DDD', /needs a date with a day, found "2013"$/],
  ['2013-01-04', 'yyyy/HH', /needs a date with an hour, found "2013-01-04"$/],
];
for (const [date, layout, message] of wrongLayouts)
  test(`refuses the layout ${layout} for ${date}, and says what it may hold`, () => {
    const { text, unset } = replaceVariables(`\${date:${layout}}`, new Map([['date', date]]));
    assert.equal(text, `\${date:${layout}}`);
    assert.match(unset[0]!.message, message);
    assert.ok(unset[0]!.hint.length > 0);
  });

test('a layout is a use of the date, and says so if there is none', () => {
  assert.deepEqual(variablesIn('${date:yyyy}/${region}'), ['date', 'region']);
  assert.deepEqual(replaceVariables('${date:yyyy}', new Map()).unset, [
    {
      message: 'variable "${date:yyyy}" is not set',
      hint: 'give it with --date 2013-01-04, or --date yesterday',
    },
  ]);
  assert.notEqual(leavesFolder("${date:'..'}/x", variables), null);
  assert.equal(leavesFolder('${date:yyyy/MM/dd}', variables), null);
});

test('today and yesterday are days of the local calendar, also at its turns', () => {
  const at = (text: string) => new Date(text);
  assert.equal(dayOf('today', at('2013-01-04T00:00:00')), '2013-01-04');
  assert.equal(dayOf('yesterday', at('2013-01-01T23:59:59')), '2012-12-31');
  assert.equal(dayOf('yesterday', at('2012-03-01T12:00:00')), '2012-02-29');
  assert.equal(dayOf('yesterday', at('2013-03-31T00:30:00')), '2013-03-30');
  assert.equal(dayOf('2013-01-04', at('2020-01-01T00:00:00')), '2013-01-04');
  assert.equal(dayOf('tomorrow', at('2020-01-01T00:00:00')), 'tomorrow');
});
