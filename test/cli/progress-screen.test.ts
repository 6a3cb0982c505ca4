import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { main, sampleJob, workdir } from '../workdir.js';

/** A terminal of 80 columns, which a server of tmux of its own draws. */
function terminal(name: string, command: string) {
  const tmux = (...args: string[]) =>
    spawnSync('tmux', ['-L', name, '-f', '/dev/null', ...args], { encoding: 'utf8', timeout: 10_000 });
  const made = tmux('new-session', '-d', '-x', '80', '-y', '60', command);
  assert.equal(made.status, 0, made.stderr);
  return { screen: () => tmux('capture-pane', '-p').stdout ?? '', close: () => tmux('kill-server') };
}

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const [header, ...flights] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8')
  .trimEnd()
  .split('\n');
const copies = 200;
/** Every third row is rejected (no carrier). Keys are repeated, so the partition is scored twice. */
const rows = Array.from({ length: copies }, () =>
  flights.map((line, i) => (i % 3 === 0 ? line.replace(/,[A-Z0-9]{2},/, ',,') : line)),
).flat();

for (const packed of [false, true]) {
  test(`on 80 columns the figures stay on one line, and nothing is cut or drawn over (${packed ? 'size unknown' : 'size known'})`, {
    skip: hasTmux ? false : 'needs tmux',
    timeout: 180_000,
  }, async () => {
    const dir = workdir();
    const text = `${header}\n${rows.join('\n')}\n`;
    const input = packed ? dir.write('day.csv.gz', gzipSync(text)) : dir.write('day.csv', text);
    const job = dir.write(
      'job.yaml',
      sampleJob('flight-delay', [
        [/path: .*flights\/.*/, `path: ${input}`],
        [/path: \.\.\/scored.*/, 'path: out'],
        [/max_rejected: 1%/, 'max_rejected: 50%'],
        [/chunk_bytes: 4MiB/, 'chunk_bytes: 256KiB'],
      ]),
    );
    const shown = terminal(
      `nightshift-${process.pid}-${packed}`,
      `${process.execPath} ${main} run ${job}; echo ended $?; sleep 60`,
    );
    const lines = new Set<string>();
    try {
      let screen = '';
      while (!/^ended \d+$/m.test(screen)) {
        screen = shown.screen();
        const figures = screen.split('\n').filter((line) => line.includes(' rows/s  '));
        assert.ok(figures.length <= 1, screen);
        for (const line of figures) lines.add(line.trimEnd());
        await setTimeout(50);
      }
      assert.match(screen, /^ended 0$/m, screen);
      assert.doesNotMatch(screen, /rejected {2}|size unknown/, 'the line is removed at the end');
      assert.match(screen, /^rows +[\d,]+ read = [\d,]+ scored \+ [\d,]+ rejected/m, screen);
    } finally {
      shown.close();
      dir.remove();
    }
    const counts = [...lines].map((line) => {
      const form = packed
        ? /^size unknown {2}0\/1 files {2}(?<read>[\d.]+ k|\d+) rows {2}[\d.]+( k)? rows\/s {2}([\d.]+ k|\d+) rejected$/
        : /^([█░]+ {2})?\d+% {2}[01]\/1 files {2}(?<read>[\d.]+ k|\d+) rows {2}[\d.]+( k)? rows\/s {2}([\d.]+ k|\d+) rejected( {2}(\d+m )?\d+s left)?$/;
      // Before its first slice and after its last one nothing is unknown of a compressed input.
      if (packed && /^[█░\d]/.test(line)) return 0;
      const { read } = form.exec(line)?.groups ?? assert.fail(line);
      return Number.parseFloat(read!) * (read!.endsWith('k') ? 1000 : 1);
    });
    assert.ok(lines.size > 3, [...lines].join('\n'));
    assert.ok(Math.max(...counts) <= rows.length * 1.01, 'no row counts twice');
  });
}
