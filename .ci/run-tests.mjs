#!/usr/bin/env node
// Runs every built test and writes the counts to dist/test-counts.json, for `.ci/run` to print.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const files = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .sort()
  .map((name) => `dist/test/${name}`);
const tap = 'dist/test.tap';
const run = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=2',
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...files,
  ],
  { stdio: 'inherit', env: { ...process.env, NODE_NO_WARNINGS: '1' } },
);
const lines = readFileSync(tap, 'utf8').split('\n');
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
process.exitCode = run.status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
