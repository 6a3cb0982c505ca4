import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { mock, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { noRows } from '../../src/chunk/row-counts.js';
import type { RunEvent } from '../../src/run-event.js';
import type { Log, LogFields } from '../../src/telemetry/log.js';
import { openProgress, progressLine } from '../../src/telemetry/progress.js';

function collect(): { log: Log; lines: [level: string, message: string, fields: LogFields][] } {
  const lines: [string, string, LogFields][] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push([level, message, fields]);
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

function screen(isTTY: boolean): {
  stream: Writable & { isTTY: boolean; columns: number };
  text: () => string;
} {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        text += String(chunk);
        done();
      },
    }),
    { isTTY, columns: 120, cursorTo: () => true, clearLine: () => true, moveCursor: () => true },
  );
  return { stream, text: () => text };
}

const events: readonly RunEvent[] = [
  { kind: 'planned', runId: 'r1', partitions: 2, skipped: 0, bytes: 100, workers: 2 },
  { kind: 'partition-started', partition: 'a', bytes: 50 },
  { kind: 'slice-scored', partition: 'a', rows: 1_000, rejected: 3, bytes: 50 },
  {
    kind: 'partition-ended',
    partition: 'a',
    state: 'published',
    rows: { ...noRows, read: 1_000, rejected: 3 },
    message: null,
    durationMs: 40,
  },
  { kind: 'note', level: 'warn', message: 'the run may not be done by 06:00' },
  {
    kind: 'partition-ended',
    partition: 'b',
    state: 'failed',
    rows: { ...noRows, read: 0, rejected: 0 },
    message: 'input "b.csv" is cut off \u001b[2J',
    durationMs: 4,
  },
];

/** Runs `act` with timers that only `mock.timers.tick` moves. */
async function withTimers(act: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  try {
    await act();
  } finally {
    mock.timers.reset();
  }
}

test('away from a terminal it logs the plan, each partition, and every ten seconds how far it is', async () => {
  await withTimers(async () => {
    const { log, lines } = collect();
    const progress = await openProgress({ stream: screen(false).stream, quiet: false, log });
    progress.observe(events[0]!);
    progress.observe(events[1]!);
    mock.timers.tick(5_000);
    progress.observe(events[2]!);
    mock.timers.tick(5_000);
    mock.timers.tick(10_000);
    for (const event of events.slice(3)) progress.observe(event);
    progress.stop();
    progress.stop();
    mock.timers.tick(60_000);
    assert.deepEqual(
      lines.map(([level, message]) => [level, message]),
      [
        ['info', 'planned'],
        ['info', 'progress'],
        ['info', 'progress'],
        ['info', 'partition ended'],
        ['warn', 'the run may not be done by 06:00'],
        ['warn', 'input "b.csv" is cut off \u001b[2J'],
      ],
    );
    assert.deepEqual(lines[1]![2], {
      partitions_ended: 0,
      partitions: 2,
      rows: 1_000,
      rows_rejected: 3,
      rows_per_second: 100,
      percent: 50,
      eta_s: 10,
    });
    assert.deepEqual(lines[3]![2], {
      partition: 'a',
      state: 'published',
      rows_read: 1_000,
      rows_rejected: 3,
      duration_ms: 40,
    });
  });
});

test('on a terminal it draws a bar, says above it what went wrong, and logs nothing', async () => {
  const { log, lines } = collect();
  const { stream, text } = screen(true);
  await withTimers(async () => {
    const progress = await openProgress({ stream, quiet: false, log });
    for (const event of events) progress.observe(event);
    mock.timers.tick(400);
    progress.stop();
    progress.stop();
  });
  assert.match(text(), /100%|50%/);
  assert.match(text(), /2\/2 files {2}1\.00 k rows/);
  assert.match(text(), /warning: the run may not be done by 06:00\n/);
  assert.match(text(), /b: input "b\.csv" is cut off \\u001b\[2J\n/);
  assert.ok(text().includes('\u001b[?25h'), 'the cursor is shown again');
  assert.deepEqual(lines, []);
});

test('lines above the bar are wrapped to the terminal, which cuts them, and the bar fits it', async () => {
  for (const columns of [40, 66, 80]) {
    const { stream, text } = screen(true);
    await withTimers(async () => {
      const progress = await openProgress({
        stream: Object.assign(stream, { columns }),
        quiet: false,
        log: collect().log,
      });
      for (const event of events) progress.observe(event);
      progress.observe({
        kind: 'note',
        level: 'info',
        message: `the file is read as CSV ${'with many words '.repeat(9)}end`,
      });
      mock.timers.tick(300);
      progress.stop();
    });
    const lines = stripVTControlCharacters(text()).split(/[\n\r]/);
    for (const line of lines) assert.ok(line.length <= columns, `${line.length} of ${columns}: ${line}`);
    assert.ok(
      lines.some((line) => line.endsWith(' end')),
      'nothing is cut',
    );
    assert.match(text(), /1\.00 k rows/);
  }
});

test('when quiet only warnings are left', async () => {
  const { log, lines } = collect();
  const { stream, text } = screen(true);
  const progress = await openProgress({ stream, quiet: true, log });
  for (const event of events) progress.observe(event);
  progress.stop();
  assert.equal(text(), '');
  assert.deepEqual(
    lines.map(([level, message]) => [level, message]),
    [
      ['warn', 'the run may not be done by 06:00'],
      ['warn', 'input "b.csv" is cut off \u001b[2J'],
    ],
  );
});

test('the line of figures fits every width, leaves out what matters least, and is honest about an unknown total', () => {
  const figures = {
    partitionsEnded: 999,
    partitions: 1_000,
    rows: 12_345_678,
    rejected: 12_345,
    rowsPerSecond: 1_234_567,
    done: 0.5,
    etaMs: 3_599_000,
  };
  assert.equal(
    progressLine(figures, 120),
    `${'█'.repeat(12)}${'░'.repeat(12)}  50%  999/1000 files  12.3 M rows  1.23 M rows/s  12.3 k rejected  59m 59s left`,
  );
  assert.equal(
    progressLine(figures, 80),
    '50%  999/1000 files  12.3 M rows  1.23 M rows/s  12.3 k rejected  59m 59s left',
  );
  for (let width = 12; width <= 200; width++) {
    const line = progressLine(figures, width);
    assert.ok(line.length <= width, `${line.length} of ${width}`);
    assert.match(line, /12\.3 M rows/);
  }
  const unknown = progressLine({ ...figures, done: null, etaMs: null }, 80);
  assert.equal(unknown, 'size unknown  999/1000 files  12.3 M rows  1.23 M rows/s  12.3 k rejected');
});
