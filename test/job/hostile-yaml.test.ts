// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as they stand in a job file
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJob } from '../../src/job/read-job.js';
import fc from '../seeded.js';

const head = 'name: flights\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\n';

function read(text: string): { messages: string[]; ms: number } {
  const started = performance.now();
  const { job, mistakes } = readJob(text, '/jobs/job.yaml', {});
  assert.equal(job === null, mistakes.length > 0);
  return {
    messages: mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`),
    ms: performance.now() - started,
  };
}

const laughs = Array.from(
  { length: 9 },
  (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}*l${i}]`,
).join('\n');

const hostile: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  [
    'code behind a tag',
    `${head}x: !!js/function "function(){ process.exit(7) }"\n`,
    /^5:4 tags \(!name\) are not allowed/,
  ],
  ['a tag of another language', `${head}x: !!python/object/apply:os.system ["touch pwned"]\n`, /^5:4 tags/],
  ['a tag of its own', `${head}x: !Ref y\n`, /^5:4 tags/],
  ['binary data', `${head}x: !!binary aGVsbG8=\n`, /^5:4 tags/],
  [
    'aliases that stand for a thousand million',
    `${head}columns:\n  l0: &l0 {}\n${laughs}\n`,
    /^1:1 the aliases \(\*name\) of the file expand to too many values$/,
  ],
  [
    'a hundred and one aliases',
    `${head}x: &a 1\ny: [${'*a,'.repeat(101)}]\n`,
    /the file contains more than 100 aliases/,
  ],
  ['an alias within itself', `${head}columns: &c { a: *c }\n`, /^5:18 alias "\*c" contains itself$/],
  ['an alias of nothing', `${head}columns: *c\n`, /^5:10 alias "\*c" has no anchor before it$/],
  [
    'a merge key',
    `${head}columns: { a: &a { key: true }, b: { <<: *a } }\n`,
    /^5:38 "columns\.b\.<<" is not a key/,
  ],
  ['__proto__ at the top', `${head}__proto__: { audit: true }\n`, /^5:1 "__proto__" cannot be a key$/],
  [
    '__proto__ in a map of values',
    `${head}columns: { region: { from: origin, map: { __proto__: 1 } } }\n`,
    /^5:43 "__proto__" cannot be a key$/,
  ],
  [
    '__proto__ as a column',
    `${head}columns: { __proto__: { key: true } }\n`,
    /^5:12 "__proto__" cannot be a key$/,
  ],
  [
    '__proto__ within a column',
    `${head}columns: { a: { "__proto__": { key: true } } }\n`,
    /^5:17 "__proto__" cannot be a key$/,
  ],
  [
    'constructor as a key',
    `${head}constructor: { prototype: { x: 1 } }\n`,
    /^5:1 "constructor" is not a key of the job file$/,
  ],
  ['a key that is a list', `${head}? [a]\n: 1\n`, /^5:3 /],
  ['the same key twice', `${head}name: other\n`, /^5:1 the same key occurs twice in one mapping: name$/],
  ['a second document', `${head}---\nname: other\n`, /the file contains more than one document/],
  [
    'brackets a hundred thousand deep',
    `${head}x: ${'['.repeat(100_000)}`,
    /^5:\d+ the file is nested too deep$/,
  ],
  [
    'lists a hundred thousand deep',
    `${head}x:\n  ${'- '.repeat(100_000)}1\n`,
    /^6:\d+ the file is nested too deep$/,
  ],
  [
    'mappings six hundred deep',
    Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /^\d+:\d+ the file is nested too deep$/,
  ],
  ['a megabyte', `${head}# ${'x'.repeat(1 << 20)}\n`, /^1:1 the file is larger than 256 KiB$/],
  ['a tab for an indent', `${head}columns:\n\ta: {}\n`, /^6:1 /],
  ['a NUL', `${head}x: "\0"\n`, /^5:1 "x" is not a key/],
  [
    'terminal escapes in a value',
    `${head}identity: "\\e[31mred"\n`,
    /^5:11 "identity" must be auto or sha256, found "\\u001b\[31mred"$/,
  ],
  ['terminal escapes in a key', `${head}"\\e[2J": 1\n`, /^5:1 "\\u001b\[2J" is not a key of the job file$/],
  ['a key of many lines', `${head}"a\\nb": 1\n`, /^5:1 "a\\u000ab" is not a key of the job file$/],
  ['a very long value', `${head}identity: ${'x'.repeat(10_000)}\n`, /^5:11 .{0,140}$/],
  ['YAML 1.1', `%YAML 1.1\n---\n${head}audit: yes\n`, /^7:8 "audit" must be true or false, found "yes"$/],
  [
    'an infinite figure',
    `${head}quality: { max_drift: .inf }\n`,
    /^5:23 "quality\.max_drift" must be a number/,
  ],
  ['no number', `${head}quality: { min_rows: .nan }\n`, /^5:22 "quality\.min_rows" must be a number/],
  [
    'a figure beyond all bounds',
    `${head}run: { retries: 99999999999999999999 }\n`,
    /^5:17 "run\.retries" must be a whole number from 0 to 20/,
  ],
];
for (const [what, text, message] of hostile) {
  test(`refuses ${what}, by name and without a hang`, () => {
    const { messages, ms } = read(text);
    assert.match(messages[0] ?? 'no mistake', message);
    assert.ok(ms < 10_000, `${ms} ms`);
    assert.equal(({} as Record<string, unknown>)['audit'], undefined);
  });
}

test('columns with the names of an object’s own members are columns', () => {
  const names = [
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'then',
  ];
  const { job, mistakes } = readJob(
    `${head}columns: { ${names.map((name) => `${name}: { type: int32 }`).join(', ')} }\n`,
    '/jobs/job.yaml',
    {},
  );
  assert.deepEqual(mistakes, []);
  assert.deepEqual(
    job!.columns.map((column) => column.name),
    names,
  );
});

test('aliases within bounds are what they stand for', () => {
  const { job } = readJob(
    `${head}columns: { a: &delay { type: float32, range: [0, 5] }, b: *delay }\n`,
    '/jobs/job.yaml',
    {},
  );
  const [a, b] = job!.columns;
  assert.deepEqual({ ...a, name: 'b', source: 'b' }, b);
});

test('whatever the text, the result is a job or mistakes with their positions, never an exception', () => {
  const pieces = fc.constantFrom(
    ...[
      'name: ',
      'input:',
      ' path: x',
      'columns:',
      '  a: {',
      '}',
      '[',
      ']',
      ', ',
      ': ',
      '\n',
      '  ',
      '- ',
      '&a ',
      '*a',
    ],
    ...[
      '!!str ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '${x}',
      '{ fill: 1 }',
      '1%',
      'null',
      '~',
      '\t',
      '---\n',
      '? ',
      'é',
      '\u0001',
      '.nan',
    ],
  );
  const anyText = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    fc.array(pieces, { maxLength: 20 }).map((list) => head + list.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const { job, mistakes } = readJob(text, '/jobs/job.yaml', {});
      assert.equal(job === null, mistakes.length > 0);
      const lines = text.split('\n');
      for (const { line, column, message } of mistakes) {
        assert.ok(line !== null && line >= 1 && line <= lines.length + 1, `${line}: ${message}`);
        assert.ok(column !== null && column >= 1, message);
        assert.doesNotMatch(message, /\n/);
      }
    }),
    { numRuns: 1_500 },
  );
});
