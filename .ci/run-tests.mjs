#!/usr/bin/env node
// Runs every built test, or those of the rooms that are named (`node .ci/run-tests.mjs model storage`), and writes the counts to
// dist/test-counts.json, for `.ci/run` to print. Test files share processes, because loading the program and its first calls
// take more processor time than most tests; in each process a file is a suite of its own, so a failure names it. What runs longest starts
// first, so that the lanes end together.
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { dot, tap } from 'node:test/reporters';

/** Files with a process of their own: they break or kill processes, take minutes, or measure the memory of the process they run in. */
const alone = /^(package|faults\/|integration\/|resident|golden\/(bad-days|flights|init)\.|quality\/page\/browser|model\/memory|run\/slice\/kept-memory)/;
/** How much code of tests a process runs: enough to share what is loaded, and little enough for the lanes to end together. */
const partBytes = 64 * 1024;
const first = ['package', 'golden/bad-days', 'faults', 'golden', 'program'];
const folder = 'dist/test-groups';

// A test that hangs is named, instead of holding everything up. Every test inherits the time of its file; the process has more, for what
// hangs without giving way to timers.
const fileTimeoutMs = 15 * 60_000;
const processTimeoutMs = 30 * 60_000;

const rooms = process.argv.slice(2);
const names = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js') && (rooms.length === 0 || rooms.some((room) => name.startsWith(room))))
  .sort();

/** Returns what each process runs: tests that call the program together, because they share its process, and those that do not. */
function groupFiles() {
  const kinds = new Map();
  for (const name of names) {
    const text = readFileSync(`dist/test/${name}`, 'utf8');
    const kind = alone.test(name) ? name.replace('.test.js', '') : text.includes("workdir.js'") ? 'program' : 'units';
    kinds.set(kind, [...(kinds.get(kind) ?? []), { name, bytes: text.length }]);
  }
  return [...kinds].flatMap(([kind, files]) => spread(files).map((names, i) => ({ title: `${kind}-${i + 1}`, names })));
}

/** Returns the names of the files in parts of about the same size. */
function spread(files) {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts = Array.from({ length: Math.ceil(total / partBytes) }, () => ({ bytes: 0, names: [] }));
  for (const { name, bytes } of files.sort((a, b) => b.bytes - a.bytes)) {
    const least = parts.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.bytes += bytes;
    least.names.push(name);
  }
  return parts.map(({ names }) => names);
}

/** Writes the module that runs the files of a group, and returns its path. */
function writeGroup({ title, names }) {
  const path = `${folder}/${title.replaceAll('/', '-')}.mjs`;
  const suites = names.map(
    (name) => `describe('test/${name.replace(/js$/, 'ts')}', { timeout: ${fileTimeoutMs} }, () => import('../test/${name}'));
`,
  );
  writeFileSync(path, `import { describe } from 'node:test';\n\n${suites.join('')}`);
  return path;
}

const place = ({ title }) => [...first, ''].findIndex((room) => title.startsWith(room));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const files = groupFiles()
  .sort((a, b) => place(a) - place(b))
  .map(writeGroup);

process.env.NODE_NO_WARNINGS = '1';
// More lanes than processors, because many tests mostly wait: for processes, for the disk.
const tests = run({ files, concurrency: 3 * availableParallelism() + 1, timeout: processTimeoutMs });
const report = createWriteStream('dist/test.tap');
tests.compose(dot).pipe(process.stdout);
tests.compose(tap).pipe(report);
await finished(report);

const lines = readFileSync('dist/test.tap', 'utf8').split('\n');
const count = (word) => Number(lines.findLast((line) => line.startsWith(`# ${word} `))?.split(' ')[2] ?? 0);
// A file that does not load, or whose set-up fails, is a suite that failed without a test that did.
const brokenSuites = lines.filter((line) => line.startsWith('not ok ')).length;
const failed = Math.max(count('fail') + count('cancelled'), brokenSuites);
const counts = { passed: count('pass'), failed, skipped: count('skipped') };
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
