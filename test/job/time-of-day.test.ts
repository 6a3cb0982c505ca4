import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTimeOfDay, parseTimeOfDay } from '../../src/job/time-of-day.js';

const times: readonly (readonly [text: string, time: { hour: number; minute: number } | null])[] = [
  ['06:00', { hour: 6, minute: 0 }],
  ['6:05', { hour: 6, minute: 5 }],
  ['23:59', { hour: 23, minute: 59 }],
  ['00:00', { hour: 0, minute: 0 }],
  ['24:00', null],
  ['12:60', null],
  ['6', null],
  ['06:00:00', null],
  ['', null],
];
for (const [text, time] of times) {
  test(`reads the time "${text}" as ${JSON.stringify(time)}`, () =>
    assert.deepEqual(parseTimeOfDay(text), time));
}

test('the next time is today when it is still to come, else tomorrow, across ends of months too', () => {
  const six = { hour: 6, minute: 0 };
  const at = (text: string) => new Date(`${text}:00`);
  assert.deepEqual(nextTimeOfDay(six, at('2013-01-31T02:00')), at('2013-01-31T06:00'));
  assert.deepEqual(nextTimeOfDay(six, at('2013-01-31T06:00')), at('2013-02-01T06:00'));
  assert.deepEqual(nextTimeOfDay(six, at('2013-12-31T22:30')), at('2014-01-01T06:00'));
});
