// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as they stand in a job file
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import type { Job } from '../../src/job/job.js';
import type { JobOptions } from '../../src/job/job-options.js';
import { loadJob } from '../../src/job/load-job.js';
import { JobFileError } from '../../src/job/mistake.js';
import { temporaryFolder } from '../temporary-folder.js';

const root = temporaryFolder('job');

const head = 'name: flights\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\n';

async function load(text: string, options: JobOptions = {}): Promise<Job> {
  const path = join(root, 'job.yaml');
  await writeFile(path, text);
  return loadJob(path, options);
}

/** The mistakes of a job file as `line:column message (hint)`. */
async function mistakesOf(text: string | Uint8Array, options: JobOptions = {}): Promise<string[]> {
  const path = join(root, 'job.yaml');
  await writeFile(path, text);
  try {
    await loadJob(path, options);
  } catch (error) {
    assert.ok(error instanceof JobFileError, String(error));
    return error.mistakes.map(
      ({ line, column, message, hint }) =>
        `${line === null ? '' : `${line}:${column} `}${message}${hint === null ? '' : ` (${hint})`}`,
    );
  }
  return [];
}

test('fills everything that a short job file leaves out', async () => {
  const job = await load(head);
  assert.equal(job.file, join(root, 'job.yaml'));
  assert.equal(job.baseDir, root);
  assert.equal(job.model.path, join(root, 'm.onnx'));
  assert.equal(job.output.path, join(root, 'out'));
  assert.deepEqual(job.input.paths, ['in.csv']);
  assert.deepEqual(job.input.csv.nullValues, ['', 'NA', 'N/A', 'null', 'NULL', 'NaN']);
  assert.deepEqual(job.columns, []);
  assert.deepEqual(job.quality.maxRejected, { warn: null, fail: { fraction: 0.01 } });
  assert.deepEqual(job.run, {
    workers: 'auto',
    chunkBytes: 4 << 20,
    batchRows: 2048,
    memoryBytes: 'auto',
    maxDurationMs: null,
    finishBy: null,
    retries: 2,
    threadsPerWorker: 'auto',
    isolation: 'process',
  });
});

test('reads the job file of the design', async () => {
  const job = await load(
    `name: flight-delay
input:
  path: ../data-samples/flights/\${date}*.csv
  format: auto
  csv: { delimiter: auto, quote: auto, escape: auto, encoding: auto, header: auto, skip_lines: auto, null_values: ["", NA, N/A, "null", "NULL", NaN] }
  on_empty: skip
model:
  path: ../data-samples/models/flight-delay.onnx
  sha256: null
  inputs: {}
  outputs: {}
columns:
  flight_id: { type: int64, key: true }
  dep_delay: { type: float32, missing: { fill: 0 }, range: [-120, 2000], outside: clamp }
  carrier:   { type: string, categories: [AA, B6, DL, UA], unknown: { as: OTHER }, missing: { fill: OTHER } }
output:
  path: ../scored/\${job}/date=\${date}
  format: parquet
  columns: [flight_id, carrier]
quality:
  max_rejected: 1%
  max_repaired: 20%
  baseline: null
  max_drift: 0.25
run: { workers: auto, chunk_bytes: 4MiB, batch_rows: 2048, memory: auto, max_duration: null, retries: 2 }
`,
    { date: '2013-01-04' },
  );
  assert.deepEqual(job.input.paths, ['../data-samples/flights/2013-01-04*.csv']);
  assert.equal(job.output.path, join(root, '../scored/flight-delay/date=2013-01-04'));
  assert.deepEqual(job.quality.maxDrift, { warn: null, fail: 0.25 });
  const [id, delay, carrier] = job.columns;
  assert.equal(id!.key, true);
  assert.deepEqual(delay!.missing, { kind: 'fill', value: 0 });
  assert.deepEqual(delay!.range, { low: -120, high: 2000 });
  assert.deepEqual(delay!.outside, { kind: 'clamp' });
  assert.deepEqual(carrier!.categories, { kind: 'list', values: ['AA', 'B6', 'DL', 'UA'] });
  assert.deepEqual(carrier!.unknown, { kind: 'fill', value: 'OTHER' });
});

test('gives values in the units of their column', async () => {
  const job = await load(`${head}columns:
  id: { type: int64, sentinels: [-9223372036854775808, -1], missing: { fill: 9007199254740993 } }
  day: { type: date, range: ["1970-01-02", null], outside: { fill: "1970-01-03" } }
  seen: { type: timestamp, range: [null, "1970-01-01T00:00:01Z"] }
  code: { type: string, null_values: [007, null, "-", 1.50, yes], categories: [01, 1e3], aliases: { "1": [one, 1.0] } }
  month: { type: int32, categories: [1, 2, 3], unknown: { as: 0 } }
  vector: { type: list<float32>, missing: { fill: [0, 0.5] } }
  open:
`);
  const [id, day, seen, code, month, vector, open] = job.columns;
  assert.deepEqual(id!.sentinels, [-(2n ** 63n), -1n]);
  assert.deepEqual(id!.missing, { kind: 'fill', value: 9007199254740993n });
  assert.deepEqual(day!.range, { low: 1, high: null });
  assert.deepEqual(day!.outside, { kind: 'fill', value: 2 });
  assert.deepEqual(seen!.range, { low: null, high: 1_000_000n });
  assert.deepEqual(code!.nullValues, ['007', 'null', '-', '1.50', 'yes']);
  assert.deepEqual(code!.categories, { kind: 'list', values: ['01', '1e3'] });
  assert.deepEqual(code!.aliases, [{ value: '1', from: ['one', '1.0'] }]);
  assert.deepEqual(month!.categories, { kind: 'list', values: ['1', '2', '3'] });
  assert.deepEqual(month!.unknown, { kind: 'fill', value: 0 });
  assert.deepEqual(vector!.missing, { kind: 'fill', value: [0, 0.5] });
  assert.equal(open!.type, null);
});

test('distinguishes fills from the baseline from words that are values', async () => {
  const job = await load(`${head}quality: { baseline: base.json }
columns:
  a: { type: float32, missing: { fill: median } }
  b: { type: string, missing: { fill: mode } }
  c: { type: string, missing: { fill: mode, from: baseline } }
  d: { missing: { fill: mean, from: baseline } }
`);
  assert.deepEqual(
    job.columns.map((column) => column.missing),
    [
      { kind: 'fill-from-baseline', statistic: 'median' },
      { kind: 'fill', value: 'mode' },
      { kind: 'fill-from-baseline', statistic: 'mode' },
      { kind: 'fill-from-baseline', statistic: 'mean' },
    ],
  );
  assert.equal(job.quality.baseline, join(root, 'base.json'));
});

test('reads inputs and outputs of the model', async () => {
  const job = await load(`name: flights
input: { path: [a.csv, b/*.csv] }
output: { path: out }
model:
  path: m.onnx
  sha256: ${'AB'.repeat(32)}
  inputs: { carrier: carrier, input: [month, { one_hot: origin }], one: [a] }
  outputs: { score: { from: probabilities, class: 1, range: [0, 1] }, label: { from: label } }
  constants: { threshold: 0.5, names: [a, b] }
columns: { origin: { type: string, categories: [EWR, JFK] } }
`);
  assert.deepEqual(job.input.paths, ['a.csv', 'b/*.csv']);
  assert.equal(job.model.sha256, 'ab'.repeat(32));
  assert.deepEqual(job.model.inputs, [
    { input: 'carrier', columns: [{ column: 'carrier', oneHot: false }], packed: false },
    {
      input: 'input',
      columns: [
        { column: 'month', oneHot: false },
        { column: 'origin', oneHot: true },
      ],
      packed: true,
    },
    { input: 'one', columns: [{ column: 'a', oneHot: false }], packed: true },
  ]);
  assert.deepEqual(job.model.outputs, [
    { column: 'score', from: 'probabilities', class: 1, range: { low: 0, high: 1 } },
    { column: 'label', from: 'label', class: null, range: null },
  ]);
  assert.deepEqual(job.model.constants, [
    { input: 'threshold', value: 0.5 },
    { input: 'names', value: ['a', 'b'] },
  ]);
});

test('reads gates: a figure fails, both sides may be set, null is none', async () => {
  const job = await load(`${head}quality:
  max_rejected: null
  max_repaired: { warn: 5%, fail: 20% }
  max_flagged: 100
  min_rows: 1000
  max_drift: 0.3
  scores: { score: { max_nan: 0, min_mean: { warn: 0.1 }, constant: fail }, other: { max_drift: 0.1 } }
columns: { a: { max_null: 5%, max_drift: { warn: 0.1, fail: 0.2 } }, b: {} }
`);
  const { quality } = job;
  assert.deepEqual(quality.maxRejected, { warn: null, fail: null });
  assert.deepEqual(quality.maxRepaired, { warn: { fraction: 0.05 }, fail: { fraction: 0.2 } });
  assert.deepEqual(quality.maxFlagged, { warn: null, fail: { count: 100 } });
  assert.deepEqual(quality.minRows, { warn: null, fail: 1000 });
  const [score, other] = quality.scores;
  assert.deepEqual(score!.maxNan, { warn: null, fail: { count: 0 } });
  assert.deepEqual(score!.minMean, { warn: 0.1, fail: null });
  assert.equal(score!.constant, 'fail');
  assert.deepEqual(score!.maxDrift, { warn: null, fail: 0.3 });
  assert.deepEqual(other!.maxDrift, { warn: null, fail: 0.1 });
  assert.deepEqual(job.columns[0]!.maxNull, { warn: null, fail: { fraction: 0.05 } });
  assert.deepEqual(job.columns[0]!.maxDrift, { warn: 0.1, fail: 0.2 });
  assert.deepEqual(job.columns[1]!.maxDrift, { warn: null, fail: 0.3 });
});

test('sizes, durations and times are figures', async () => {
  const job = await load(
    `${head}batch_timeout: 90s\nrun: { chunk_bytes: 64KB, memory: 1GiB, max_duration: 2h, finish_by: 06:00, workers: 3 }\n`,
  );
  assert.equal(job.batchTimeoutMs, 90_000);
  assert.equal(job.run.chunkBytes, 64_000);
  assert.equal(job.run.memoryBytes, 2 ** 30);
  assert.equal(job.run.maxDurationMs, 7_200_000);
  assert.deepEqual(job.run.finishBy, { hour: 6, minute: 0 });
});

test('variables are text where text is wanted and figures where figures are', async () => {
  const job = await load(
    `name: r-\${region}\ninput: { path: "\${region}.csv" }\nmodel: { path: m.onnx }\noutput:\n  path: out/\${job}/\${n}\nquality:\n  max_rejected: \${limit}\n  min_rows: \${n}\naudit: \${on}\nrun:\n  workers: \${n}\n`,
    { set: { region: '007', n: '4', limit: '2%', on: 'true' } },
  );
  assert.equal(job.name, 'r-007');
  assert.deepEqual(job.input.paths, ['007.csv']);
  assert.equal(job.output.path, join(root, 'out/r-007/4'));
  assert.deepEqual(job.quality.maxRejected.fail, { fraction: 0.02 });
  assert.equal(job.quality.minRows.fail, 4);
  assert.equal(job.audit, true);
  assert.equal(job.run.workers, 4);
});

test('the command line goes before the file, and its paths start where it is typed', async () => {
  const job = await load(`${head}run: { workers: 2, memory: 1GiB, retries: 5 }\n`, {
    workers: '8',
    memory: '2GiB',
    output: 'elsewhere',
    date: '2013-01-04',
  });
  assert.equal(job.run.workers, 8);
  assert.equal(job.run.memoryBytes, 2 ** 31);
  assert.equal(job.run.retries, 5);
  assert.equal(job.output.path, join(process.cwd(), 'elsewhere'));
  assert.equal(job.date, '2013-01-04');
  assert.equal((await load(head, { workers: 1 })).run.workers, 1);
});

test('refuses a variable that the file does not use, and suggests the one that was meant', async () => {
  const file = head.replace('in.csv', '"${region}/${date}.csv"');
  assert.deepEqual(await mistakesOf(file, { date: '2013', set: { region: 'eu', limit: '4' } }), [
    'variable "limit" is not used by the job file (it uses "date" and "region")',
  ]);
  assert.deepEqual(await mistakesOf(file, { date: '2013', set: { regoin: 'eu' } }), [
    'variable "regoin" is not used by the job file (did you mean "region"?)',
    '2:16 variable "${region}" is not set (did you mean ${regoin}?)',
  ]);
  assert.deepEqual(await mistakesOf(head, { set: { a: '1' } }), [
    'variable "a" is not used by the job file (it uses none)',
  ]);
  assert.deepEqual(
    await mistakesOf(
      head.replace('in.csv', () => '"$${a}.csv"'),
      { set: { a: '1' } },
    ),
    ['variable "a" is not used by the job file (it uses none)'],
  );
});

test('says what is wrong with the command line beside what is wrong with the file', async () => {
  assert.deepEqual(
    await mistakesOf(head.replace('flights', 'bad name'), {
      date: '04.01.2013',
      workers: 'many',
      memory: 'big',
      output: '',
      set: { date: 'x', 'a-b': 'x', c: 'x\ny' },
    }),
    [
      '"--date" must be a date, found "04.01.2013" (for example 2013-01-04, 2013-01-04T06, today or yesterday)',
      'variable "date" is set with --date',
      'variable "a-b" must be letters, digits and "_"',
      'variable "c" contains control characters',
      '"--workers" must be auto or a whole number from 1 to 1024, found "many"',
      '"--memory" must be auto or a size from 128MiB, found "big" (for example 1GiB)',
      '"--output" must not be empty',
      '1:7 "name" must be letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit, found "bad name"',
    ],
  );
});

test('reports all mistakes at once, each with its line', async () => {
  const path = join(root, 'five.yaml');
  await writeFile(
    path,
    `name: flights
input: { path: in.csv, fromat: csv }
model:
  path: m.onnx
columns:
  dep_delay: { type: float, outside: clamp }
output:
  path: out/\${date}
run:
  workers: lots
`,
  );
  await assert.rejects(loadJob(path), (error) => {
    assert.ok(error instanceof JobFileError);
    assert.equal(error.exitCode, 2);
    assert.equal(
      error.message,
      [
        `job file "${path}" has 5 mistakes`,
        '  2:24    "input.fromat" is not a key of the job file (did you mean "format"?)',
        '  6:22    "columns.dep_delay.type" must be int32, int64, float32, float64, boolean, string, date, timestamp or list<float32>, found "float" (did you mean "float32"?)',
        '  6:38    "columns.dep_delay.outside" has no effect without "range"',
        '  8:9     variable "${date}" is not set (give it with --date 2013-01-04, or --date yesterday)',
        '  10:12   "run.workers" must be auto or a whole number from 1 to 1024, found "lots"',
      ].join('\n'),
    );
    assert.deepEqual(error.mistakes[0], {
      line: 2,
      column: 24,
      path: 'input.fromat',
      message: '"input.fromat" is not a key of the job file',
      hint: 'did you mean "format"?',
    });
    return true;
  });
});

/** Text after the four lines of `head`, and its mistakes. */
const wrong: readonly (readonly [rest: string, ...mistakes: string[]])[] = [
  ['max_rejected: 1%', '5:1 "max_rejected" is not a key of the job file (it belongs under "quality")'],
  ['colums: {}', '5:1 "colums" is not a key of the job file (did you mean "columns"?)'],
  ['columns: [a]', '5:10 "columns" must be a mapping, found a list'],
  ['columns: { a: 5 }', '5:15 "columns.a" must be a mapping, found 5'],
  ['columns: { "": {} }', '5:16 "columns." has an empty name, found a mapping'],
  [
    'quality: { max_rejected: 0.01 }',
    '5:26 "quality.max_rejected" must be a share such as 1%, a whole number of rows, or { warn: ..., fail: ... } of those, found 0.01',
  ],
  [
    'quality: { max_rejected: 120% }',
    '5:26 "quality.max_rejected" must be a share such as 1%, or a whole number of rows, found "120%"',
  ],
  [
    'quality: { max_rejected: { wran: 1% } }',
    '5:28 "quality.max_rejected.wran" is not a key of the job file (did you mean "warn"?)',
  ],
  [
    'quality: { max_rejected: { warn: 5%, fail: 1% } }',
    '5:34 "quality.max_rejected.warn" must be below "fail" 1%, found 5%',
  ],
  [
    'quality: { min_rows: { warn: 5, fail: 10 } }',
    '5:30 "quality.min_rows.warn" must be above "fail" 10, found 5',
  ],
  [
    'quality: { min_rows: 10, max_rows: 5 }',
    '5:22 "quality.min_rows" must not be above "max_rows" 5, found 10',
  ],
  [
    'quality: { scores: { score: { max_outside: 1 } } }',
    '5:44 "quality.scores.score.max_outside" needs a range (set "model.outputs.score.range")',
  ],
  ['run: { chunk_bytes: 10 }', '5:21 "run.chunk_bytes" must be from 64B to 256MiB, found 10'],
  ['run: { chunk_bytes: 1GiB }', '5:21 "run.chunk_bytes" must be from 64B to 256MiB, found "1GiB"'],
  [
    'run: { chunk_bytes: 4M }',
    '5:21 "run.chunk_bytes" must be a size such as 4MiB (B; KB, MB, GB, TB; KiB, MiB, GiB, TiB), or a number of bytes, found "4M"',
  ],
  ...['1PiB', '500M', '-5MiB', 'NaN'].map((size): [string, string] => [
    `run: { memory: ${size} }`,
    `5:16 "run.memory" must be a size such as 4MiB (B; KB, MB, GB, TB; KiB, MiB, GiB, TiB), or a number of bytes, found "${size}"`,
  ]),
  ...['99999999999TiB', '1.5B'].map((size): [string, string] => [
    `run: { memory: ${size} }`,
    `5:16 "run.memory" must be a whole number of bytes, below 8192TiB, found "${size}"`,
  ]),
  ['run: { workers: 1e99 }', '5:17 "run.workers" must be auto or a whole number from 1 to 1024, found 1e+99'],
  ['run: { memory: 64MiB }', '5:16 "run.memory" must be at least 128 MiB, found "64MiB"'],
  [
    'run: { finish_by: 25:00 }',
    '5:19 "run.finish_by" must be a time in quotes such as "06:00", found "25:00"',
  ],
  ['run: { retries: -1 }', '5:17 "run.retries" must be a whole number from 0 to 20, found -1'],
  ['batch_timeout: 30', '5:16 "batch_timeout" must be a duration such as 30m or 2h, found 30'],
  ['batch_timeout: 0s', '5:16 "batch_timeout" must be a duration such as 30m or 2h, found "0s"'],
  [
    'columns: { a: { type: float32, missing: { fill: many } } }',
    '5:49 "columns.a.missing.fill" must be a number, found "many"',
  ],
  [
    'columns: { a: { type: int32, missing: { fill: 1.5 } } }',
    '5:47 "columns.a.missing.fill" must be a whole number of 32 bits, found 1.5',
  ],
  [
    'columns: { a: { type: string, missing: { fill: 0 } } }',
    '5:48 "columns.a.missing.fill" must be text, found 0 (write it in quotes: "0")',
  ],
  [
    'columns: { a: { type: date, absent: { as: "2013-02-30" } } }',
    '5:43 "columns.a.absent.as" must be a date such as "2013-01-04", found "2013-02-30"',
  ],
  [
    'columns: { a: { type: float32, missing: { fill: mean } } }',
    '5:49 "columns.a.missing.fill" needs a baseline (set "quality.baseline" to a file written by nightshift profile)',
  ],
  [
    'columns: { a: { missing: { fill: mean } } }',
    '5:34 "columns.a.missing.fill" is ambiguous: the text "mean" or a statistic of the column (add "from: baseline", or the column\'s type)',
  ],
  [
    'columns: { a: { type: int32, missing: { fill: 5, from: baseline } } }',
    '5:47 "columns.a.missing.fill" must be mean, median or mode with "from: baseline", found 5',
  ],
  [
    'columns: { a: { type: string, categories: baseline } }',
    '5:43 "columns.a.categories" needs a baseline (set "quality.baseline" to a file written by nightshift profile)',
  ],
  [
    'columns: { a: { type: float32, range: [10, 0] } }',
    '5:39 "columns.a.range" must run from low to high, found [10, 0]',
  ],
  ['columns: { a: { range: [1] } }', '5:24 "columns.a.range" must be [low, high], found a list'],
  [
    'columns: { a: { type: float32, range: [low, 5] } }',
    '5:40 "columns.a.range[0]" must be a number, found "low"',
  ],
  [
    'columns: { a: { type: date, range: ["2013-02-01", "2013-01-01"] } }',
    '5:36 "columns.a.range" must run from low to high, found [2013-02-01, 2013-01-01]',
  ],
  [
    'columns: { a: { type: string, range: [1, 2] } }',
    '5:38 "columns.a.range" is not valid for type string (valid for int32, int64, float32, float64, date, timestamp)',
  ],
  [
    'columns: { a: { type: string, unknown: reject } }',
    '5:40 "columns.a.unknown" has no effect without "categories" or "map" (list them, or write "categories: model" for the model\'s own)',
  ],
  ['columns: { a: { repeated: reject } }', '5:27 "columns.a.repeated" has no effect without "key"'],
  [
    'columns: { a: { unknown: rejct, categories: [x] } }',
    '5:26 "columns.a.unknown" must be flag, reject or { fill: value }, found "rejct" (did you mean "reject"?)',
  ],
  [
    'columns: { a: { type: int32, categories: [x] } }',
    '5:43 "columns.a.categories[0]" must be a whole number of 32 bits, found "x"',
  ],
  ['columns: { a: { pattern: "(" } }', '5:26 "columns.a.pattern" must be a regular expression, found "("'],
  [
    'columns: { a: { type: timestamp, zone: Mars } }',
    '5:40 "columns.a.zone" must be an IANA time zone, found "Mars" (for example Europe/Berlin)',
  ],
  [
    'columns: { a: { min_length: 5, max_length: 2 } }',
    '5:29 "columns.a.min_length" must not be above "max_length" 2, found 5',
  ],
  [
    'columns: { a: { aliases: { US: [USA], UK: [USA] } } }',
    '5:43 "columns.a.aliases.UK" shares "USA" with "US"',
  ],
  [
    'columns: { a: { type: int32, sentinels: [x] } }',
    '5:42 "columns.a.sentinels[0]" must be a whole number of 32 bits, found "x"',
  ],
  [
    'rules: [{ name: a, when: "x > 1", then: flag }, { name: a, when: "x > 2", then: drop }]',
    '5:81 "rules[1].then" must be flag or reject, found "drop"',
  ],
  [
    'rules: [{ name: a, when: "x > 1", then: flag }, { name: a, when: "x > 2", then: flag }]',
    '5:57 "rules[1].name" is the name of an earlier rule, found "a"',
  ],
  [
    'rules: [{ name: a, then: flag }]',
    '5:9 "rules[0].when" is missing (for example when: arr_delay < dep_delay - 600)',
  ],
  ['redact: ssn', '5:9 "redact" must be a list of columns, found "ssn"'],
  ['audit: yes', '5:8 "audit" must be true or false, found "yes"'],
  ['identity: md5', '5:11 "identity" must be auto or sha256, found "md5"'],
];
for (const [rest, ...mistakes] of wrong) {
  test(`refuses ${rest}`, async () => {
    assert.deepEqual(await mistakesOf(`${head}${rest}\n`), mistakes);
  });
}

/** Whole files. */
const wrongFiles: readonly (readonly [text: string, ...mistakes: string[]])[] = [
  ['name: a\n', '1:1 "input" is missing', '1:1 "model" is missing', '1:1 "output" is missing'],
  [
    '',
    '1:1 the job file must be a mapping, found nothing (a job file begins with "name:"; nightshift init --model MODEL --input FILE writes one)',
  ],
  [
    '- a\n',
    '1:1 the job file must be a mapping, found a list (a job file begins with "name:"; nightshift init --model MODEL --input FILE writes one)',
  ],
  [
    'just text\n',
    '1:1 the job file must be a mapping, found "just text" (a job file begins with "name:"; nightshift init --model MODEL --input FILE writes one)',
  ],
  [
    head.replace('in.csv', 'gs://bucket/in'),
    '2:16 "input.path" must be local files or s3:// addresses, found "gs://bucket/in" (Google Cloud Storage is not supported: copy or mount its files)',
  ],
  [
    head.replace('in.csv', 'az://container/in'),
    '2:16 "input.path" must be local files or s3:// addresses, found "az://container/in" (Azure Blob Storage is not supported: copy or mount its files)',
  ],
  [
    `${head.replace('m.onnx', "'gs://b/m.onnx', challengers: ['az://b/m'], compare_with: 's3://b'")}quality: { baseline: 'hdfs://h/b' }\n`,
    '3:16 "model.path" must be a local file or an s3:// address, found "gs://b/m.onnx" (Google Cloud Storage is not supported: copy or mount its files)',
    '3:47 "model.challengers[0]" must be a local file or an s3:// address, found "az://b/m" (Azure Blob Storage is not supported: copy or mount its files)',
    '3:74 "model.compare_with" must name a bucket and an object, found "s3://b" (write s3://BUCKET/KEY)',
    '5:22 "quality.baseline" must be a local file or an s3:// address, found "hdfs://h/b" (HDFS is not supported: copy or mount its files)',
  ],
  [
    head.replace('in.csv', 's3://*/in'),
    '2:16 "input.path" must begin with a bucket, found "s3://*/in" (write s3://BUCKET/KEY)',
  ],
  [
    head.replace('out ', 's3://bucket '),
    '4:17 "output.path" must be a bucket and a prefix, found "s3://bucket" (write s3://BUCKET/PREFIX)',
  ],
  [
    head.replace('out ', 'https://user:secret@host/out '),
    '4:17 "output.path" must be a local folder or an s3:// address, found "https://***@host/out" (mount remote storage)',
  ],
  [
    head.replace('in.csv', 'data').replace('out ', 'data/out '),
    '4:17 "output.path" is within the input "data", so a rerun would score its own output (write next to the input)',
  ],
  [
    head.replace('in.csv', 'data/**/*.csv').replace('out ', 'data/out '),
    '4:17 "output.path" is within the input "data/**/*.csv", so a rerun would score its own output (write next to the input)',
  ],
  [
    head.replace('path: out', 'path: out, columns: [a, a, _problems], formulas: neutralise'),
    '4:35 "output.columns[1]" is listed twice, found "a" (remove it)',
    '4:38 "output.columns[2]" is added to every scored file, found "_problems" (remove it)',
    '4:60 "output.formulas" has no effect for format parquet (only CSV files are at risk: spreadsheets run formulas in them)',
  ],
  [
    `${head.replace('m.onnx', 'm.onnx, inputs: { x: [{ one_hot: orgin }, { one_hot: a }], y: b }, constants: { y: 1 }')}columns: { origin: { categories: [x] }, a: {} }\n`,
    '3:49 "model.inputs.x[0].one_hot" must be a column of "columns", found "orgin" (did you mean "origin"?)',
    '3:69 "model.inputs.x[1].one_hot" needs the categories of column "a" (the matrix has one column for each)',
    '3:99 "model.constants.y" is also fed by columns (remove it from "model.inputs" or here)',
  ],
  [
    `${head.replace('m.onnx', 'm.onnx, outputs: { score: { from: p, range: [1, 0] }, _problems: { from: q } }')}quality: { scores: { scor: {} } }\n`,
    '3:60 "model.outputs.score.range" must run from low to high, found [1, 0]',
    '3:81 "model.outputs._problems" is a column that nightshift adds to every scored file (choose another name)',
    '5:28 "quality.scores.scor" must be a column of "model.outputs" (did you mean "score"?)',
  ],
  [
    head.replace('in.csv', "in.csv, csv: { delimiter: ';', quote: ';', escape: ab }"),
    '2:54 "input.csv.quote" must differ from "delimiter", found ";"',
    '2:67 "input.csv.escape" must be auto, none or one ASCII character, found "ab"',
  ],
  [
    head.replace('in.csv', '"${dat}/${env.SECRET}.csv"'),
    '2:16 variable "${dat}" is not set (did you mean ${date}?)',
    '2:16 variable "${env.SECRET}" is not set (environment variables are not read; give the value with --set name=value)',
  ],
  [
    head.replace('in.csv', '"data/${date"'),
    '2:16 variable "${date" has no end (close it with "}", or write $${ for the text)',
  ],
  [
    'name: a\ninput: in.csv\nmodel: m.onnx\noutput: { path: out }\n',
    '2:8 "input" must be a mapping, found "in.csv" (write input: { path: in.csv })',
    '3:8 "model" must be a mapping, found "m.onnx" (write model: { path: m.onnx })',
  ],
  [
    `${head}run: &run { workers: 1 }\naudit: { <<: *run }\n`,
    '6:8 "audit" must be true or false, found a mapping',
  ],
  [
    `${head}run: { <<: 1 }\n`,
    '5:8 "run.<<" is not a key of the job file (YAML 1.2 has no merge keys: write the keys out)',
  ],
  [
    `${head}run: { workers: 1\n`,
    '6:1 a line is not indented like its neighbours, or a brace or bracket before it is not closed (indent the keys of one mapping alike, and close every "{" with "}" and "[" with "]")',
  ],
  [`${head}redact: [a: b: c]\n`, '5:13 a value has a colon in it (put quotes around a text with a colon)'],
  [
    `${head}redact: ["a]\n`,
    '6:1 a quote is not closed, or a key has no colon (close the text with its quote, and write a colon and a blank after a key)',
  ],
  [`${head}redact: @a\n`, '5:9 a text begins with a character that YAML reserves (put quotes around it)'],
  [
    head.replace('flights', '${job}'),
    '1:7 variable "${job}" is not set (give the job a name without a variable)',
  ],
];
for (const [text, ...mistakes] of wrongFiles) {
  test(`refuses the file ${JSON.stringify(text.slice(0, 60))}`, async () => {
    assert.deepEqual(await mistakesOf(text, { date: '2013-01-04' }), mistakes);
  });
}

test('output beside or above the input, or where the input is not looked for, is fine', async () => {
  for (const [input, output] of [
    ['data', 'data-out'],
    ['data/*.csv', 'data/out'],
    ['data', 'data/_scored'],
    ['data/in.csv', 'data'],
    ['data/in', 'data'],
  ]) {
    assert.deepEqual(await mistakesOf(head.replace('in.csv', input!).replace('out ', `${output} `)), []);
  }
});

test('a job file that is not there, a folder, or not text is one sentence', async () => {
  await writeFile(join(root, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
  await writeFile(join(root, 'sixteen.yaml'), Buffer.from('name: a\n', 'utf16le'));
  for (const [path, message, hint] of [
    [join(root, 'gone.yaml'), /^job file ".*gone\.yaml" does not exist$/, /nightshift init/],
    [join(root, 'binry.yml'), /^job file ".*binry\.yml" does not exist$/, /did you mean ".*binary\.yaml"\?/],
    [root, /^job file ".*" is a folder$/, /check its path/],
    [join(root, 'binary.yaml'), /^job file ".*binary\.yaml" is not UTF-8 text$/, /save a job file as UTF-8/],
    [
      join(root, 'sixteen.yaml'),
      /^job file ".*sixteen\.yaml" is not UTF-8 text$/,
      /save a job file as UTF-8/,
    ],
    [join(root, 'binary.yaml', 'x'), /^job file ".*" does not exist$/, /check its path/],
  ] as const) {
    await assert.rejects(loadJob(path), (error) => {
      assert.ok(error instanceof InvalidError);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    });
  }
});

test('takes null without quotes for the word where the word is a policy', async () => {
  const job = await load(`${head}columns:
  delay: { type: float32, range: [0, 1], outside: null }
  code: { type: string, pattern: "[A-Z]+", disallowed: null }
`);
  assert.deepEqual(job.columns[0]!.outside, { kind: 'null' });
  assert.equal(job.columns[1]!.disallowed, 'null');
});

test('a variable without quotes between braces is reported once, with what to do', async () => {
  const text = [
    'name: x',
    `input: { path: in/${'$'}{date}.csv }`,
    'model: { path: m.onnx }',
    'output: { path: out }',
  ].join('\n');
  assert.deepEqual(await mistakesOf(text, { date: '2013-01-04' }), [
    '2:19 a text with a variable needs quotes between braces and brackets (put quotes around it)',
  ]);
  const broken = await mistakesOf('{{{');
  assert.equal(broken.length, 1, broken.join('\n'));
});

test('says whether the job file or the command line has the mistake', async () => {
  const places = async (text: string, options: Parameters<typeof loadJob>[1]) => {
    const path = join(root, 'places.yaml');
    await writeFile(path, text);
    const error = await loadJob(path, options).then(
      () => null,
      (thrown: Error) => thrown,
    );
    return error!.message.split('\n')[0]!.replace(path, 'J');
  };
  assert.equal(await places(head, { workers: 'many' }), 'the command line for job "J" has a mistake');
  const bad = head.replace('flights', 'bad name');
  assert.equal(await places(bad, {}), 'job file "J" has a mistake');
  const both = await places(bad, { workers: 'many' });
  assert.equal(both, 'job file "J" and the command line have 2 mistakes');
});
