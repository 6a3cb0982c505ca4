import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBaseline } from '../../../src/quality/baseline.js';
import { buildSummary, driftOf } from '../../../src/quality/build-summary.js';
import { maxPageBytes, renderPage } from '../../../src/quality/page/render-page.js';
import type { ProblemCount } from '../../../src/quality/problem-count.js';
import type { SliceQuality } from '../../../src/quality/slice-quality.js';
import { parseSummary } from '../../../src/quality/summary.js';
import { numbersColumn, profileOf, qualityOf } from '../made-columns.js';
import { madeDay, madePartition, madeRun, madeSummary, madeTrend } from '../made-run.js';
import { hostileSummary } from './hostile-summary.js';

const moved = madeSummary([madePartition('2013-01-04', madeDay(4000, 3, { later: 20, dry: 0.06 }))], {
  before: madeTrend(10),
});

/** The same day with its columns over and over under names of their own. */
function wide(day: SliceQuality, columns: number): SliceQuality {
  const raw = Array.from({ length: columns }, (_, i) => {
    const column = day.raw[i % day.raw.length]!;
    return { ...column, name: `${column.name}_${i}` };
  });
  return { ...day, raw, used: raw };
}

test('the page begins with the verdict in words and its reason', async () => {
  const page = await renderPage(moved);
  const [verdict, first] = [page.indexOf('class="verdict'), page.indexOf('What to look at first')];
  assert.ok(verdict > 0 && verdict < first);
  assert.match(page, /Check before you use it|Do not use as is/);
});

test('the page asks nothing of the network and holds no script', async () => {
  const page = await renderPage(moved);
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  const addresses = [...page.matchAll(/(?:href|src|xlink:href)="([^"]*)"/g)].map(([, address]) => address!);
  assert.ok(addresses.length > 10);
  for (const address of addresses) assert.match(address, /^#/);
});

test('every link of the page leads to an element with that id, and no id occurs twice', async () => {
  const page = await renderPage(moved);
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(target!), target);
});

test('headings descend without a gap, tables have captions, plots have titles', async () => {
  const page = await renderPage(moved);
  const levels = [...page.matchAll(/<h([1-6])[\s>]/g)].map(([, level]) => Number(level));
  assert.equal(levels.filter((level) => level === 1).length, 1);
  levels.reduce((before, level) => {
    assert.ok(level <= before + 1, `h${level} after h${before}`);
    return level;
  }, 0);
  const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0;
  assert.ok(count(/<table/g) > 5);
  assert.equal(count(/<table/g), count(/<caption/g));
  assert.ok(count(/<svg role="img"/g) > 8);
  assert.equal(count(/<svg role="img"/g), count(/<svg role="img" viewBox="[^"]*"><title>[^<]+<\/title>/g));
  for (const landmark of ['<header', '<nav aria-label', '<main', '<footer'])
    assert.ok(page.includes(landmark));
});

test('what comes from the data stays text', async () => {
  const page = await renderPage(hostileSummary());
  assert.doesNotMatch(page, /<script|<img|onload='|<svg onload/i);
  assert.doesNotMatch(page.replaceAll('\n', ''), /\p{Cf}|\p{Cc}/u);
  assert.ok(Buffer.byteLength(page) < maxPageBytes);
});

for (const columns of [100, 1000]) {
  test(`a page of ${columns} columns weighs less than half a megabyte`, async () => {
    const content = buildBaseline(wide(madeDay(5000, 1), columns), {
      job: 'flight-delay',
      createdAt: '2013-01-01T00:00:00.000Z',
      inputs: [],
      modelSha256: null,
      redact: [],
      keys: [],
    });
    const facts = madeRun([madePartition('2013-01-04', wide(madeDay(4000, 3, { later: 9 }), columns))], {
      baseline: { path: 'baseline.json', content },
    });
    const page = await renderPage(buildSummary(facts, driftOf(facts)));
    assert.ok(Buffer.byteLength(page) < maxPageBytes, `${Buffer.byteLength(page)} bytes`);
    assert.ok((page.match(/<article/g)?.length ?? 0) >= 20);
  });
}

test('a run without a single row still has a page', async () => {
  const page = await renderPage(
    madeSummary([madePartition('2013-01-04', null)], { exitCode: 2, reason: 'csv' }),
  );
  assert.match(page, /Do not use as is/);
});

/** The text of a page or of a part of it. */
function textOf(page: string): string {
  return page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

const steady = madeSummary([madePartition('2013-01-04', madeDay(4000, 3))], { before: madeTrend(10) });

test('heading and title have the date of the data', async () => {
  const page = await renderPage(steady);
  assert.match(page, /<h1>flight-delay, 2013-01-04<\/h1>/);
  assert.match(page, /<title>(Good|Check|Bad): flight-delay, 2013-01-04<\/title>/);
  const undated = await renderPage(madeSummary([madePartition('p', madeDay(500, 3))], { date: null }));
  assert.match(undated, /<h1>flight-delay<\/h1>/);
  assert.match(undated, /<title>\w+: flight-delay, run of 2013-01-05<\/title>/);
});

test('steady columns are folded to one line, those that moved stand open', async () => {
  const page = await renderPage(moved);
  const folds = [...page.matchAll(/<details class="fold"><summary>([^<]*)<\/summary>/g)].map(
    ([, line]) => line!,
  );
  assert.ok(
    folds.some((line) => /^\d steady: /.test(line) && line.includes('temp') && !line.includes('dep_delay')),
    folds.join('\n'),
  );
  const columns = page.slice(page.indexOf('<h2 id="columns">'));
  assert.ok(columns.indexOf('>dep_delay</h3>') < columns.indexOf('<details class="fold">'));
});

test('without a baseline no column is called not compared: the folded ones are more, or all', async () => {
  const page = await renderPage(
    madeSummary([madePartition('2013-01-04', madeDay(400, 3))], { baseline: null }),
  );
  assert.doesNotMatch(page, /not compared/);
  assert.match(page, /<summary>(?:<[^>]*>)*All \d+: /);
});

test('the outputs of a model of two classes, its decision and its band are all expanded', async () => {
  const day = madeDay(400, 3);
  const names = ['label', 'probability_0', 'probability_1', 'decision', 'band'];
  const outputs = names.map((name) => ({ ...day.outputs[0]!, name }));
  const page = await renderPage(
    madeSummary([madePartition('2013-01-04', { ...day, outputs })], { baseline: null }),
  );
  const scores = page.slice(page.indexOf('id="scores"'), page.indexOf('id="columns"'));
  for (const name of names) assert.ok(scores.includes(`>${name}</h3>`), name);
  assert.ok(!scores.includes('class="fold"'));
});

test('partitions that failed are a grey share of the bar, by their size', async () => {
  const input = { path: 'flights/b.csv', format: 'csv', bytes: 93_000 };
  const failed = madePartition('b', null, {
    input,
    failure: { reason: 'csv', message: 'no header', hint: null },
  });
  const page = await renderPage(madeSummary([madePartition('a', madeDay(1000, 3)), failed], { exitCode: 4 }));
  assert.match(page, /<i class="c-unknown" style="flex:0\.500000 1 0"><\/i>/);
  assert.match(textOf(page), /not scored 1 partition \(about 50 % of the input\)/);
  assert.doesNotMatch(await renderPage(steady), /class="c-unknown"/);
});

test('a trend says its scale, its last figure and how that changed', async () => {
  const page = await renderPage(steady);
  const card = textOf(page.slice(page.indexOf('Rows read</p>'), page.indexOf('Rejected</p>')));
  assert.match(card, /4,000 up from 9\d\d/);
  assert.match(card, / 4,000 8\d\d $/);
});

test('what has no limit is said', async () => {
  assert.match(
    textOf(await renderPage(steady)),
    /No limit is set for too many rows, a change in the number of rows\./,
  );
});

test('the speed of the machine stands below what the data says', async () => {
  const page = await renderPage(steady);
  assert.ok(page.indexOf('Rows per second') > page.indexOf('<h2 id="about">'));
  assert.ok(page.indexOf('<h2 id="about">') > page.indexOf('<h2 id="partitions">'));
});

test('the columns of a matrix are shown', async () => {
  const model = { ...steady.model, columns: [{ input: 'X', columns: ['dep_delay', 'distance'] }] };
  assert.match(textOf(await renderPage({ ...steady, model })), /Columns of X dep_delay; distance/);
});

test('at least twenty rejected rows are shown, with what was found', async () => {
  const samples = Array.from({ length: 25 }, (_, i) => ({
    partition: null,
    row: i + 1,
    line: i + 2,
    found: `QQ${i}`,
  }));
  const problem: ProblemCount = {
    code: 'unknown-category',
    column: 'carrier',
    outcome: 'rejected',
    expected: 'a carrier',
    count: 25,
    samples,
  };
  const day = madeDay(1000, 3, { problems: [problem] });
  const page = await renderPage(madeSummary([madePartition('2013-01-04', day)]));
  const section = textOf(page.slice(page.indexOf('<h2 id="rejects">'), page.indexOf('<h2 id="partitions">')));
  for (let i = 0; i < 20; i++) assert.ok(section.includes(`QQ${i} `), `QQ${i}`);
  assert.doesNotMatch(await renderPage(steady), /id="rejects"/);
});

test('a key has no histogram, a flag no median, and tails are marked', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => i);
  const raw = [
    profileOf(numbersColumn(rows.map((i) => 5000 + i)), { name: 'id' }),
    profileOf(numbersColumn(rows.map((i) => (i % 10 === 0 ? 1 : 0))), { name: 'flag' }),
    profileOf(numbersColumn(rows.map((i) => (i === 7 ? 90_000.5 : i % 50))), { name: 'amount' }),
  ];
  const facts = madeRun([madePartition('p', qualityOf(raw))], { keys: ['id'] });
  const page = await renderPage(buildSummary(facts, []));
  const card = (name: string) =>
    page
      .slice(page.indexOf(`>${name}</h3>`))
      .slice(0, page.slice(page.indexOf(`>${name}</h3>`)).indexOf('</article>'));
  assert.doesNotMatch(card('id'), /<svg|median|mean/);
  assert.doesNotMatch(card('flag'), /median|standard deviation/);
  assert.match(textOf(card('flag')), /share of 1 10 %/);
  assert.match(card('amount'), /to 90,001 ▸/);
  assert.match(textOf(card('amount')), /maximum 90000\.5/);
});

test('numbers of a float32 column are as the file wrote them', () => {
  const values = Float32Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 32.1 : 0.1));
  const column = { type: 'float32', length: 300, values, validity: null } as const;
  const facts = madeRun([madePartition('p', qualityOf([profileOf(column, { name: 'x' })]))]);
  const { raw } = buildSummary(facts, []).columns[0]!;
  assert.deepEqual([raw.min, raw.max, raw.quantiles!['p50'], raw.quantiles!['p99']], [0.1, 32.1, 0.1, 32.1]);
});

test('a summary of an earlier version still makes a page', async () => {
  const { date: _, slices: __, model, ...rest } = steady;
  const { columns: ___, ...older } = model;
  const summary = parseSummary(JSON.stringify({ ...rest, model: older }));
  assert.match(await renderPage(summary!), /<h1>flight-delay<\/h1>/);
});
