import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalSummary } from '../../src/quality/terminal.js';
import { madeDay, madePartition, madeSummary, madeTrend } from './made-run.js';
import { hostileSummary } from './page/hostile-summary.js';

const moved = madeSummary([madePartition('2013-01-04', madeDay(4000, 3, { later: 20, dry: 0.06 }))], {
  before: madeTrend(12),
});

test('says in at most ten lines whether it is good, the verdict first', () => {
  const lines = terminalSummary(moved, false).trimEnd().split('\n');
  assert.ok(lines.length <= 10, `${lines.length} lines`);
  assert.match(lines[0]!, /^BAD {2}.*dep_delay/);
  assert.match(lines[1]!, /^rows {8}4,000 read = 4,000 scored \+ 0 rejected$/);
  assert.match(lines.at(-1)!, /_summary\.html$/);
});

test('is coloured only where that was asked for', () => {
  assert.doesNotMatch(terminalSummary(moved, false), /\p{Cc}(?<!\n)/u);
  const colored = terminalSummary(moved, true);
  assert.match(colored, /\[31mBAD/);
  const codes = colored.split('\u001b[');
  assert.equal(codes.length % 2, 1, 'every colour is taken back');
});

test('values from the data cannot steer the terminal', () => {
  const text = terminalSummary(hostileSummary(), false);
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
  assert.ok(text.trimEnd().split('\n').length <= 10);
});
