import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readJob } from '../../src/job/read-job.js';
import { jobSchema } from '../../src/job/schema.js';
import { renderReference } from './render-reference.js';

const path = 'docs/job-file.md';
const begin = '<!-- reference: made from src/job/schema.ts -->\n';
const end = '<!-- end of reference -->\n';

test('the reference in docs/job-file.md is what the schema says', () => {
  const page = readFileSync(path, 'utf8');
  const [before, rest] = page.split(begin);
  const [reference, after] = rest!.split(end);
  const now = `\n${renderReference()}\n`;
  if (process.env['NIGHTSHIFT_UPDATE_DOCS'] === '1') {
    writeFileSync(path, [before, begin, now, end, after].join(''));
    return;
  }
  assert.equal(reference, now, 'run this test with NIGHTSHIFT_UPDATE_DOCS=1');
});

test('every key of the schema has a row, and every row an example that is read', () => {
  const page = readFileSync(path, 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const count = (schema: object): number =>
    Object.entries(schema).reduce((sum, [key, value]) => sum + 1 + countBelow(key, value as never), 0);
  const countBelow = (_: string, value: { _zod: { def: Record<string, unknown> } }): number => {
    let def = value._zod.def;
    while (def['innerType'] !== undefined) def = (def['innerType'] as typeof value)._zod.def;
    const inner = (def['valueType'] ?? def['element']) as typeof value | undefined;
    const shape = def['shape'] ?? inner?._zod.def['shape'];
    return shape === undefined ? 0 : count(shape as object);
  };
  assert.equal(rows.length, count(jobSchema.shape));
  for (const row of rows) {
    const example = /\| `([^`]+)` \|$/.exec(row)?.[1]?.replaceAll('\\|', '|');
    if (example !== undefined && !row.endsWith('|  |')) assert.doesNotThrow(() => parse(example), example);
  }
});

test('the examples of docs/job-file.md are job files, or parts of one', () => {
  const page = readFileSync(path, 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block!);
  assert.ok(blocks.length >= 3);
  for (const block of blocks) {
    const given = Object.keys((parse(block) as object | null) ?? {});
    const needed = { name: 'a', input: '{ path: i }', model: '{ path: m }', output: '{ path: o }' };
    const rest = Object.entries(needed).filter(([key]) => !given.includes(key));
    const text = block + rest.map(([key, value]) => `${key}: ${value}\n`).join('');
    const set = text.includes('{region}') ? { region: 'north' } : {};
    const { mistakes } = readJob(text, '/jobs/job.yaml', { date: '2013-01-04', set });
    assert.deepEqual(mistakes, [], block);
  }
});

test('the jobs of this project are read', () => {
  const files = readdirSync('jobs').filter((name) => name.endsWith('.yaml'));
  assert.ok(files.length > 0);
  for (const file of files) {
    const { mistakes } = readJob(readFileSync(`jobs/${file}`, 'utf8'), `/jobs/${file}`, {
      date: '2013-01-04',
    });
    assert.deepEqual(mistakes, [], file);
  }
});
