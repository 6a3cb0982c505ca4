#!/usr/bin/env node
// Runs every built test, or those of the rooms that are named (`node .ci/run-tests.mjs model storage`), and writes the counts to
// dist/test-counts.json, for `.ci/run` to print. What runs whole programs starts first, so that the lanes end together.
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { dot, tap } from 'node:test/reporters';

const first = ['package', 'golden', 'faults', 'cli', 'samples'];
const place = (name) => [...first, ''].findIndex((room) => name.startsWith(room));
const rooms = process.argv.slice(2);
const files = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js') && (rooms.length === 0 || rooms.some((room) => name.startsWith(room))))
  .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
  .map((name) => `dist/test/${name}`);

process.env.NODE_NO_WARNINGS = '1';
// A test that hangs is named, instead of holding everything up. More lanes than processors, because many tests mostly wait.
const tests = run({ files, concurrency: 2 * availableParallelism() + 1, timeout: 15 * 60_000 });
const report = createWriteStream('dist/test.tap');
tests.compose(dot).pipe(process.stdout);
tests.compose(tap).pipe(report);
await finished(report);

const lines = readFileSync('dist/test.tap', 'utf8').split('\n');
const count = (word) => Number(lines.findLast((line) => line.startsWith(`# ${word} `))?.split(' ')[2] ?? 0);
const counts = { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
console.log('');
for (const [i, line] of lines.entries()) {
  if (/^\s*not ok /.test(line)) console.log(lines.slice(i, i + 30).join('\n'));
}
for (const line of lines) {
  const [, title, reason] = /^\s*ok \d+ - (.*) # SKIP ?(.*)$/.exec(line) ?? [];
  if (title !== undefined) console.log(`skipped: ${title} (${reason})`);
}
console.log(`${counts.skipped} skipped\n${counts.passed} passed, ${counts.failed} failed`);
writeFileSync('dist/test-counts.json', JSON.stringify(counts));
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
