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
  assert.match(
    lines[4]!,
    /^drift {7}\d of \d columns moved; farthest from the baseline is dep_delay \(PSI [\d.]+\)$/,
  );
  assert.match(lines[1]!, /^rows {8}4,000 read = 4,000 scored \+ 0 rejected$/);
  assert.match(lines.at(-1)!, /_summary\.html$/);
});

test('says what to do about a partition that failed, within the ten lines', () => {
  const why = { reason: 'csv', message: 'no header', hint: 'write one' };
  const parts = [1, 2, 3, 4, 5].map((i) => madePartition(`p${i}`, null, { failure: why }));
  const lines = terminalSummary(madeSummary(parts, { exitCode: 2, reason: 'csv' }), false)
    .trimEnd()
    .split('\n');
  assert.ok(lines.length <= 10, `${lines.length} lines`);
  assert.ok(lines.includes('to do       write one'), lines.join('\n'));
});

test('says of a run that scored nothing that it did, and nothing of the features', () => {
  const interrupted = { reason: 'interrupted', message: 'stopped by SIGTERM', hint: null };
  const parts = [madePartition('p', null, { state: 'interrupted', failure: interrupted })];
  const summary = madeSummary(parts, { exitCode: 143, reason: 'interrupted', baseline: null });
  const text = terminalSummary(summary, false);
  assert.doesNotMatch(text, /absent/);
  assert.match(text, /no row has been scored yet/);
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

test('the finding that the verdict says is not said again', () => {
  const sentence = moved.findings[0]!.sentence;
  assert.ok(moved.verdict.sentence.includes(sentence));
  assert.equal(terminalSummary(moved, false).split(sentence).length, 2);
});

test('the count of findings without a line adds up with the verdict, notes apart', () => {
  const finding = (level: 'check' | 'note', i: number) => ({
    ...moved.findings[0]!,
    level,
    sentence: `${level} ${i}`,
  });
  const findings = [
    ...Array.from({ length: 8 }, (_, i) => finding('check', i)),
    finding('note', 1),
    finding('note', 2),
  ];
  const verdict = {
    level: 'check',
    sentence: '9 rows scored; check first: check 0 (and 7 more).',
  } as const;
  const text = terminalSummary({ ...moved, verdict, findings }, false);
  const lines = text.split('\n').filter((line) => /[!-] (check|note) \d/.test(line));
  assert.match(lines.at(-1)!, new RegExp(`\\(and ${7 - lines.length} more, and 2 notes\\)$`));
});
