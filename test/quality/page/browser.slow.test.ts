import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { buildBaseline } from '../../../src/quality/baseline.js';
import { buildSummary, driftOf } from '../../../src/quality/build-summary.js';
import { renderIndex } from '../../../src/quality/page/render-index.js';
import { renderPage } from '../../../src/quality/page/render-page.js';
import type { SliceQuality } from '../../../src/quality/slice-quality.js';
import { removeFolder, temporaryFolder } from '../../temporary-folder.js';
import { madeDay, madePartition, madeRun, madeSummary, madeTrend } from '../made-run.js';
import { hostileSummary } from './hostile-summary.js';

const candidates = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const chromium = candidates.find((path) => path !== undefined && existsSync(path));
const skip = chromium === undefined ? 'no chromium here (set CHROMIUM to its path)' : false;

let browser: Browser;
let folder: string;

before(async () => {
  if (chromium === undefined) return;
  const { default: puppeteer } = await import('puppeteer-core');
  folder = temporaryFolder('page');
  browser = await puppeteer.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu'],
    // Whatever the browser writes is removed with the folder.
    userDataDir: join(folder, 'profile'),
    env: { ...process.env, HOME: folder, TMPDIR: folder },
  });
});

after(async () => {
  if (chromium === undefined) return;
  await browser.close();
  removeFolder(folder);
});

interface Opened {
  readonly page: Page;
  /** Errors that the browser logged, and its requests besides the page itself. */
  readonly complaints: string[];
}

async function open(html: string, width: number, scheme: 'light' | 'dark'): Promise<Opened> {
  const path = join(folder, '_summary.html');
  writeFileSync(path, html);
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  page.on('request', (request) => {
    if (!request.url().endsWith('/_summary.html')) complaints.push(request.url());
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(pathToFileURL(path).href);
  return { page, complaints };
}

/** Returns the value of an expression in the page. */
async function ask<T>(page: Page, expression: string): Promise<T> {
  return (await page.evaluate(expression)) as T;
}

const moved = madeSummary([madePartition('2013-01-04', madeDay(4000, 3, { later: 20, dry: 0.06 }))], {
  before: madeTrend(10),
});

for (const width of [360, 1440]) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`opens from disk at ${width} pixels, ${scheme}, without a complaint or a sideways scroll`, {
      skip,
    }, async () => {
      const { page, complaints } = await open(await renderPage(moved), width, scheme);
      const seen = await ask<{ width: number; ground: string; plots: number; empty: number }>(
        page,
        `(() => ({
        width: document.documentElement.scrollWidth,
        ground: getComputedStyle(document.body).backgroundColor,
        plots: document.querySelectorAll('svg[role=img]').length,
        empty: [...document.querySelectorAll('svg[role=img]')].filter(
          (plot) => plot.getBoundingClientRect().height < 10,
        ).length,
      }))()`,
      );
      assert.deepEqual(complaints, []);
      assert.ok(seen.width <= width, `${seen.width} pixels wide`);
      assert.equal(seen.ground, scheme === 'light' ? 'rgb(244, 245, 247)' : 'rgb(15, 18, 23)');
      assert.ok(seen.plots > 8);
      assert.equal(seen.empty, 0);
      await page.close();
    });
  }
}

for (const width of [360, 1440]) {
  test(`hostile values stay text at ${width} pixels: no script runs, nothing is fetched, nothing is pushed aside`, {
    skip,
  }, async () => {
    const { page, complaints } = await open(await renderPage(hostileSummary()), width, 'light');
    const seen = await ask<{ attacked: boolean; scripts: number; width: number; text: string }>(
      page,
      `(() => ({
      attacked: 'attacked' in globalThis,
      scripts: document.querySelectorAll('script, img, iframe, object').length,
      width: document.documentElement.scrollWidth,
      text: document.body.innerText,
    }))()`,
    );
    assert.deepEqual(complaints, []);
    assert.equal(seen.attacked, false);
    assert.equal(seen.scripts, 0);
    assert.ok(seen.width <= width, `${seen.width} pixels wide`);
    assert.ok(seen.text.includes('<script>globalThis.attacked = true</script>'));
    assert.ok(seen.text.includes('__proto__'));
    await page.close();
  });
}

/** A good day of 15 columns, all of them as in the baseline, after thirty others. */
function steadyDay() {
  const widen = (day: SliceQuality) => {
    const raw = Array.from({ length: 15 }, (_, i) => ({
      ...day.raw[i % day.raw.length]!,
      name: `${day.raw[i % day.raw.length]!.name}_${i}`,
    }));
    return { ...day, raw, used: [] };
  };
  const content = buildBaseline(widen(madeDay(20_000, 1)), {
    job: 'flight-delay',
    createdAt: '2013-01-01T00:00:00.000Z',
    inputs: [],
    modelSha256: 'a'.repeat(64),
    redact: [],
    keys: [],
  });
  const facts = madeRun([madePartition('2013-01-04', widen(madeDay(4000, 3)))], {
    baseline: { path: 'baseline.json', content },
    before: madeTrend(29),
  });
  return buildSummary(facts, driftOf(facts));
}

test('a phone shows a day of 15 steady columns on at most 4,000 pixels', { skip }, async () => {
  const { page } = await open(await renderPage(steadyDay()), 390, 'light');
  const height = await ask<number>(page, 'document.documentElement.scrollHeight');
  assert.ok(height <= 4000, `${height} pixels high`);
  await page.close();
});

test('an index of many runs is readable at 360 pixels, its caption too', { skip }, async () => {
  const runs = madeTrend(40).map((point, i) => ({
    folder: `flights/date=2013-01-${i}`,
    job: '<b>flights</b>',
    verdict: moved.verdict,
    durationMs: 1000,
    point,
  }));
  const { page, complaints } = await open(await renderIndex(runs, '0.1.0'), 360, 'light');
  const seen = await ask<{ width: number; caption: number; links: number; bold: number }>(
    page,
    `(() => ({
      width: document.documentElement.scrollWidth,
      caption: document.querySelector('caption').getBoundingClientRect().width,
      links: document.querySelectorAll('td a, th a').length,
      bold: document.querySelectorAll('b').length,
    }))()`,
  );
  assert.deepEqual(complaints, []);
  assert.ok(seen.width <= 360 && seen.caption > 200, JSON.stringify(seen));
  assert.equal(seen.links, 40);
  assert.equal(seen.bold, 0);
  await page.close();
});

test('the keyboard reaches the skip link first and then every link and every "More"', { skip }, async () => {
  const { page } = await open(await renderPage(moved), 1440, 'light');
  const focused = () =>
    ask<{ name: string | undefined; text: string; outline: string }>(
      page,
      `(() => {
      const element = document.activeElement;
      const outline = element === null ? '' : getComputedStyle(element).outlineStyle;
      return { name: element?.tagName, text: element?.textContent ?? '', outline };
    })()`,
    );
  await page.keyboard.press('Tab');
  assert.deepEqual((await focused()).text, 'Skip to the findings');
  const reachable = await ask<number>(
    page,
    `(() => [...document.querySelectorAll('a[href], summary')].filter((one) => one.checkVisibility()).length)()`,
  );
  const names = new Set<string | undefined>();
  for (let i = 1; i < Math.min(reachable, 60); i++) {
    await page.keyboard.press('Tab');
    const { name, outline } = await focused();
    names.add(name);
    assert.notEqual(outline, 'none');
  }
  assert.ok(names.has('A') && names.has('SUMMARY'));
  await page.close();
});

test('a screen reader finds landmarks, headings, tables with names and plots with titles', {
  skip,
}, async () => {
  const { page } = await open(await renderPage(moved), 1440, 'light');
  const tree = JSON.stringify(await page.accessibility.snapshot({ interestingOnly: false }));
  for (const role of [
    'banner',
    'navigation',
    'main',
    'contentinfo',
    'heading',
    'table',
    'columnheader',
    'rowheader',
  ]) {
    assert.ok(tree.includes(`"role":"${role}"`), role);
  }
  assert.match(tree, /"name":"Distribution of dep_delay: median [^"]+"/);
  assert.match(tree, /"name":"Drift by importance"/);
  await page.close();
});

test('prints on paper without its navigation, in ink on white, details opened', { skip }, async () => {
  const { page } = await open(await renderPage(moved), 794, 'dark');
  await page.emulateMediaType('print');
  const seen = await ask<{ nav: string; ground: string; more: number; width: number }>(
    page,
    `(() => ({
    nav: getComputedStyle(document.querySelector('nav')).display,
    ground: getComputedStyle(document.body).backgroundColor,
    more: document.querySelector('details table').getBoundingClientRect().height,
    width: document.documentElement.scrollWidth,
  }))()`,
  );
  assert.equal(seen.nav, 'none');
  assert.equal(seen.ground, 'rgb(255, 255, 255)');
  assert.ok(seen.more > 10, 'closed details are not printed');
  assert.ok(seen.width <= 794);
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.byteLength > 10_000);
  await page.close();
});
