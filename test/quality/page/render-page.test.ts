import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBaseline } from '../../../src/quality/baseline.js';
import { buildSummary, driftOf } from '../../../src/quality/build-summary.js';
import { maxPageBytes, renderPage } from '../../../src/quality/page/render-page.js';
import type { SliceQuality } from '../../../src/quality/slice-quality.js';
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
  assert.match(page, /Look before you use it|Not to be used as it is/);
});

test('the page asks nothing of the network and holds no script', async () => {
  const page = await renderPage(moved);
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  const addresses = [...page.matchAll(/(?:href|src|xlink:href)="([^"]*)"/g)].map(([, address]) => address!);
  assert.ok(addresses.length > 10);
  for (const address of addresses) assert.match(address, /^#/);
});

test('every link of the page leads to a place on it, and no place is named twice', async () => {
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
  assert.match(page, /Not to be used as it is/);
});
