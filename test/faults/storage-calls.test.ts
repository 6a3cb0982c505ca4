import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, leftovers, modelRun, type OutputFormat, outputFormats, published } from './made-job.js';

const preload = fileURLToPath(new URL('./storage/fail-call.js', import.meta.url));

/** The faults of a call, with the exit codes allowed for each: 0 if the run can do without the call. */
const faults = {
  EIO: [0, 4, 5],
  ENOSPC: [0, 4, 5],
  EACCES: [0, 2, 4, 5],
  SHORT: [0],
} as const;
type Fault = keyof typeof faults;

/** Two inputs, some keys of which are repeated and some rows of which are rejected. */
function madeRun(format: OutputFormat, kind: Sweep['kind']): Workdir {
  const dir = workdir();
  // The quick suite scores in the main process where that one's calls fail.
  const isolation = full || kind === 'worker' ? 'process' : 'none';
  modelRun(dir, 'never-ends', `run: { workers: 1, retries: 0, isolation: ${isolation} }\n`);
  dir.write('job.yaml', dir.read('job.yaml').replace('format: csv', `format: ${format}`));
  const rows = Array.from({ length: 60 }, (_, i) => `${i + 1},${i % 20 === 3 ? 'oops' : 100 + i}`);
  for (const name of ['a', 'b']) dir.write(`in/${name}.csv`, `id,x\n${rows.join('\n')}\n`);
  return dir;
}

interface Sweep {
  readonly format: OutputFormat;
  readonly fault: Fault;
  /** Whose calls fail. */
  readonly kind: 'main' | 'worker';
}

const references = new Map<OutputFormat, Record<string, string>>();

function reference(format: OutputFormat): Record<string, string> {
  const known = references.get(format);
  if (known !== undefined) return known;
  const dir = madeRun(format, 'main');
  assert.equal(dir.call(['run', 'job.yaml']).code, 0);
  const hashes = published(dir);
  dir.remove();
  references.set(format, hashes);
  return hashes;
}

/**
 * Runs with the n-th storage call failing once, checks the run's guarantees, and runs again. Returns the call
 * that failed, null if there is no n-th call.
 */
function failAt(n: number, { format, fault, kind }: Sweep): string | null {
  const good = reference(format);
  const dir = madeRun(format, kind);
  const env = {
    NODE_OPTIONS: `--import ${preload}`,
    FAULT_ROOT: dir.path,
    FAULT_AT: String(n),
    FAULT_CODE: fault,
    FAULT_IN: kind,
    FAULT_LOG: join(dir.path, 'fault.log'),
  };
  const ran = dir.nightshift(['run', 'job.yaml', '--text'], env);
  const failed = dir.readOr('fault.log', '').split('\n')[0]!;
  const where = `${fault} in call ${n} of ${kind} (${failed}), ${format}: ${ran.stderr}`;
  assert.ok((faults[fault] as readonly number[]).includes(ran.code ?? -1), `exit ${ran.code}; ${where}`);
  assert.doesNotMatch(ran.stderr, /\n\s+at |this is a bug/, where);
  assert.equal(lastLine(ran).exit_code, ran.code, where);
  const now = existsSync(join(dir.path, 'out')) ? published(dir) : {};
  // A fault of one input that someone must fix fails that partition alone; others publish without its keys.
  const isApart = fault === 'EACCES' && failed.includes(' /in/');
  for (const [path, hash] of isApart ? [] : Object.entries(now))
    assert.equal(hash, good[path], `${path}; ${where}`);
  assert.equal(now['_SUCCESS'] !== undefined, ran.code === 0, where);
  const again = dir.call(['run', 'job.yaml', '--text']);
  assert.equal(again.code, 0, `the rerun after ${where}: ${again.stderr}`);
  if (!isApart) assert.deepEqual(published(dir), good, `after ${where}`);
  assert.deepEqual(leftovers(dir), [], where);
  dir.remove();
  return failed === '' ? null : failed;
}

describe('a storage call that fails once: the right exit code, nothing wrong published, and the rerun completes', () => {
  const sweeps: Sweep[] = outputFormats.flatMap((format) =>
    (Object.keys(faults) as Fault[]).flatMap((fault) =>
      (['main', 'worker'] as const).map((kind) => ({ format, fault, kind })),
    ),
  );
  if (full) {
    // Each call of the main process fails with one fault: every-call.test.ts tries all, in one process.
    const step = 3;
    for (const sweep of sweeps) {
      const { fault, kind, format } = sweep;
      const isMain = kind === 'main' && fault !== 'SHORT';
      const from = 1 + (Object.keys(faults).indexOf(fault) % step);
      it(`${isMain ? `calls ${from}, ${from + step}, ...` : 'every call'}: ${fault} in ${kind}, ${format}`, (t) => {
        let tried = 0;
        for (let n = isMain ? from : 1; failAt(n, sweep) !== null; n += isMain ? step : 1) tried++;
        t.diagnostic(`${tried} calls`);
        assert.ok(
          tried > (fault === 'SHORT' || kind === 'worker' ? 0 : 3),
          'hardly any call was led through the fault',
        );
      });
    }
  } else {
    // every-call.test.ts lets each of them fail, in one process.
    const some = [1, 11, 53, 77, 110, 150, 190];
    it(`EIO in calls ${some.join(', ')} of the main process`, () => {
      for (const n of some) failAt(n, { format: 'csv', fault: 'EIO', kind: 'main' });
    });
    it('ENOSPC, EACCES, and short reads and writes here and there', () => {
      for (const [i, fault] of (['ENOSPC', 'EACCES', 'SHORT'] as const).entries())
        for (const n of [52 + i, 140 + i]) failAt(n, { format: 'parquet', fault, kind: 'main' });
      for (const fault of ['EIO', 'SHORT'] as const)
        assert.notEqual(failAt(1, { format: 'arrow', fault, kind: 'worker' }), null);
    });
  }
});
