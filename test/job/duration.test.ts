import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../src/job/duration.js';

const durations: readonly (readonly [text: string, milliseconds: number | null])[] = [
  ['30m', 1_800_000],
  ['2h', 7_200_000],
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['500ms', 500],
  ['30', null],
  ['m', null],
  ['', null],
  ['0s', null],
  ['30m1h', null],
  ['1.5h', null],
  ['-2h', null],
  ['2 h', null],
  ['9999999999999999999d', null],
];
for (const [text, milliseconds] of durations) {
  test(`reads the duration "${text}" as ${milliseconds}`, () =>
    assert.equal(parseDuration(text), milliseconds));
}
