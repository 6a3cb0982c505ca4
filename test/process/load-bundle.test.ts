import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { sampleJob, workdir } from '../workdir.js';

const loader = new URL('../../src/process/load-bundle.js', import.meta.url).href;

/** A bundle whose function `start` has much code. */
const bundle = `((exports) => {
  exports.start = (x) => {
${Array.from({ length: 500 }, (_, i) => `    x = (x * ${i + 1}) % 7919 + ${i};`).join('\n')}
    return x;
  };
})`;

/** Returns the bytes of compiled code that a process caches after `start` and so many full collections of garbage. */
function cachedAfter(collections: number): number {
  const dir = workdir();
  const path = dir.write('bundle.cjs', bundle);
  const program = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { pathToFileURL } from 'node:url';
    import { loadBundle } from ${JSON.stringify(loader)};
    const { exports, keepCode } = loadBundle(pathToFileURL(${JSON.stringify(path)}), 'hash', 'test');
    if (!(exports.start(1) >= 0)) throw new Error('did not run');
    let collected = 0;
    new PerformanceObserver((list) => {
      collected += list.getEntries().filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
    }).observe({ entryTypes: ['gc'] });
    while (collected < ${collections}) {
      const kept = Array.from({ length: 200_000 }, (_, x) => ({ x }));
      await new Promise((resolve) => setTimeout(resolve, 1, kept));
    }
    keepCode();
  `;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: dir.path, NIGHTSHIFT_NO_CACHE: '' },
  });
  assert.equal(ran.status, 0, ran.stderr);
  const folder = join(dir.path, 'nightshift');
  const [name] = readdirSync(folder);
  const { size } = statSync(join(folder, name!));
  dir.remove();
  return size;
}

it('caches the code of functions that ran long ago', () => {
  const soon = cachedAfter(0);
  assert.ok(soon > 10_000, `${soon}`);
  assert.equal(cachedAfter(10), soon);
});

/** Notes which modules of Node's own a process has compiled from their text, in a file named after its parent. */
const noteCompiled = `
  const { writeFileSync } = require('node:fs');
  const { internalBinding } = require('internal/test/binding');
  const { getCacheUsage } = internalBinding('builtins');
  const note = () => writeFileSync(__dirname + '/compiled-' + process.ppid, [...getCacheUsage().compiledWithoutCache].join('\\n'));
  process.on('exit', note);
  if (process.send !== undefined) process.on('message', () => setImmediate(note));
`;

it('sets the flags of the engine after Node has loaded its own modules, whose compiled code V8 then no longer accepts', () => {
  const dir = workdir();
  const job = sampleJob('flight-delay', [
    [/path: .*flights.*/, `path: ${join(process.cwd(), 'data-samples/flights/2013-01-04.csv')}`],
    [/path: \.\.\/scored.*/, 'path: scored'],
  ]);
  const hook = dir.write('hook.cjs', noteCompiled);
  const words = ['--expose-internals', '--no-warnings', '--require', hook, 'dist/src/main.js', 'run'];
  const ran = spawnSync(process.execPath, [...words, dir.write('job.yaml', job)], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  const noted = readdirSync(dir.path).filter((name) => name.startsWith('compiled-'));
  assert.equal(noted.length, 2);
  for (const name of noted) {
    const compiled = readFileSync(join(dir.path, name), 'utf8').split('\n');
    assert.deepEqual(
      compiled.filter((module) => module !== '' && !module.startsWith('internal/')),
      [],
    );
  }
  dir.remove();
});
