import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { type LogLevel, logLevelOf, openLog } from '../../src/telemetry/log.js';

async function linesAt(level: LogLevel): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const log = openLog(level, { write: (line) => lines.push(line) });
  log.debug('found');
  log.info('progress', { rows: 5, big: 2n ** 63n });
  log.warn('slow: token=abc', { password: 'hunter2', url: 'https://a:b@c/' });
  log.error('failed', { error: new Error('broken') });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('writes one JSON object a line, with time, level and fields, and without secrets', async () => {
  const lines = await linesAt('info');
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ['info', 'progress'],
      ['warn', 'slow: token=***'],
      ['error', 'failed'],
    ],
  );
  assert.match(String(lines[0]!['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(lines[0]!['rows'], 5);
  assert.equal(lines[0]!['big'], '9223372036854775808');
  assert.equal(lines[1]!['password'], '***');
  assert.equal(lines[1]!['url'], 'https://***@c/');
  assert.match(String(lines[2]!['error']), /^Error: broken\n/);
});

test('keeps to its level', async () => {
  assert.equal((await linesAt('debug')).length, 4);
  assert.equal((await linesAt('error')).length, 1);
  assert.equal((await linesAt('silent')).length, 0);
});

test('lines reach standard error even when the process ends at once', () => {
  const source = `
    const { openLog } = await import(${JSON.stringify(new URL('../../src/telemetry/log.js', import.meta.url).href)});
    openLog('info').info('last words');
    process.kill(process.pid, 'SIGKILL');`;
  let written = '';
  try {
    execFileSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', source], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    written = String((error as { stderr: Buffer }).stderr);
  }
  assert.match(written, /"msg":"last words"/);
});

test('the environment names the level, and a word that is no level is refused', () => {
  assert.equal(logLevelOf(undefined), 'info');
  assert.equal(logLevelOf(''), 'info');
  assert.equal(logLevelOf('DEBUG'), 'debug');
  assert.throws(() => logLevelOf('loud'), InvalidError);
});
