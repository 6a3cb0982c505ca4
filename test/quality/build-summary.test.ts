import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSummary, mostListed } from '../../src/quality/build-summary.js';
import { collectFindings } from '../../src/quality/findings.js';
import { maxPageBytes, renderPage } from '../../src/quality/page/render-page.js';
import { madeDay, madePartition, madeRun } from './made-run.js';

const day = madeDay(50, 4);

/** A run of `count` partitions, of which every hundredth failed and the very last warns. */
function manyPartitions(count: number) {
  const gate = { gate: 'max_rejected', column: null, passed: false, severity: 'warn', figure: 1 };
  const warning = { ...gate, limit: 0, sentence: 'more rejected than usual' } as never;
  const failure = { reason: 'csv', message: `no header ${'x'.repeat(2000)}`, hint: 'y'.repeat(500) };
  return Array.from({ length: count }, (_, i) => {
    const name = `shop-${String(i).padStart(5, '0')}`;
    if (i % 100 === 3) return madePartition(name, null, { failure });
    return madePartition(name, day, i === count - 1 ? { gates: [warning] } : {});
  });
}

test('a summary of ten thousand partitions counts all and lists those with trouble before the rest', () => {
  const partitions = manyPartitions(10_000).map((one) => ({ ...one, quality: null }));
  const summary = buildSummary(madeRun(partitions, { exitCode: 4, reason: 'partitions-failed' }));
  const { list, planned, published, failed } = summary.partitions;
  assert.deepEqual({ planned, published, failed }, { planned: 10_000, published: 9_900, failed: 100 });
  assert.equal(summary.rows.read, 9_900 * 50);
  assert.equal(summary.throughput.output_files, 9_900);
  assert.equal(list.length, mostListed);
  assert.equal(list.filter(({ state }) => state === 'failed').length, 100);
  assert.equal(list.at(-1)!.partition, 'shop-09999', 'a gate that warned is trouble too');
  const names = list.map(({ partition }) => partition);
  assert.deepEqual(names, [...names].sort(), 'in the order of the plan');
});

test('the summary and the page of ten thousand partitions stay under 500 kB', async () => {
  const partitions = manyPartitions(10_000).map((one) => ({ ...one, quality: null }));
  const whole = madeRun([madePartition('all', day)]).covered;
  const summary = buildSummary(
    madeRun(partitions, { covered: whole, exitCode: 4, reason: 'partitions-failed' }),
  );
  assert.ok(Buffer.byteLength(JSON.stringify(summary, null, 2)) < 500_000);
  const page = await renderPage(summary);
  assert.ok(Buffer.byteLength(page) < maxPageBytes);
  assert.match(page, /9,850 more are in _manifest\.json/);
});

test('a few partitions are all listed', () => {
  const summary = buildSummary(madeRun(manyPartitions(mostListed)));
  assert.equal(summary.partitions.list.length, mostListed);
});

test('a doubt about how an input was read moves the verdict, and one that many inputs share is one finding', () => {
  const doubt = {
    code: 'dialect-differs',
    level: 'check',
    sentence: 'it is written with semicolons',
  } as const;
  const partitions = ['a', 'b', 'c'].map((name) => madePartition(name, day, { findings: [doubt] }));
  const { verdict, findings } = buildSummary(madeRun(partitions, { baseline: null }));
  assert.equal(verdict.level, 'check');
  const about = findings.filter(({ about }) => about === 'input');
  assert.deepEqual(about, [
    {
      level: 'check',
      about: 'input',
      code: 'dialect-differs',
      column: null,
      name: 'a',
      sentence: 'a: it is written with semicolons (and 2 more of this kind)',
    },
  ]);
});

test('lines that are no rows are counted over all partitions', () => {
  const rows = { ...day.rows, skipped: 3 };
  const summary = buildSummary(madeRun(['a', 'b'].map((name) => madePartition(name, day, { rows }))));
  assert.equal(summary.rows.skipped, 6);
});

test('that lines were skipped is a part of a good verdict', () => {
  const clean = madeDay(200, 3, { problems: [] });
  const rows = { ...clean.rows, skipped: 1 };
  const { verdict } = buildSummary(madeRun([madePartition('a', clean, { rows })], { baseline: null }));
  assert.equal(verdict.sentence, '200 rows scored, all of them clean; 1 line skipped.');
});

test('a good verdict counts the rows of an outcome that no limit is set for', () => {
  const clean = madeDay(200, 3, { problems: [] });
  const rows = { ...clean.rows, ok: 159, repaired: 40, flagged: 1, skipped: 0 };
  const { verdict } = buildSummary(madeRun([madePartition('a', clean, { rows })], { baseline: null }));
  assert.equal(
    verdict.sentence,
    '200 rows scored; no limit is set for the 40 repaired rows and 1 flagged row.',
  );
});

test('an empty feature stands above a score that is the same in every row because of it', () => {
  const gate = {
    gate: 'constant',
    code: null,
    column: 'label',
    scope: 'run',
    figure: 1,
    limit: 1,
    severity: 'warn',
    passed: false,
    sentence: 'label is the same for all 100 rows',
  } as const;
  const summary = buildSummary(madeRun([madePartition('a', day)], { baseline: null, gates: [gate] }));
  const findings = collectFindings(summary, [{ name: 'dep_delay', state: 'empty' }], []);
  assert.deepEqual(
    findings.slice(0, 2).map(({ code, column }) => [code, column]),
    [
      ['empty-feature', 'dep_delay'],
      ['constant', 'label'],
    ],
  );
});
