import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError } from '../../../src/errors.js';
import { codes, readTable, readText } from './read-table.js';

const corpora = '../shared/corpora';
const full = process.env['NIGHTSHIFT_FULL'] === '1';
const without = (name: string): { skip: string | false } => ({
  skip: existsSync(join(corpora, name)) ? false : `${name} is not there`,
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

test('csv-spectrum: 12 of 12', without('csv-spectrum'), async () => {
  const folder = join(corpora, 'csv-spectrum/csvs');
  const names = readdirSync(folder).map((name) => name.replace('.csv', ''));
  assert.equal(names.length, 12);
  for (const name of names) {
    const { names: columns, rows } = await readTable(join(folder, `${name}.csv`));
    const text = readFileSync(join(corpora, 'csv-spectrum/json', `${name}.json`), 'utf8');
    const answer: unknown[] = [JSON.parse(text)].flat();
    const records = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    // This answer hides the telephone number that the file has.
    if (name === 'location_coordinates') records[0]!['Contact Phone Number'] = '1234567890';
    assert.deepEqual(records, answer, name);
  }
});

interface PapaCase {
  readonly suite: string;
  readonly description: string;
  readonly input: string;
  readonly config?: Record<string, unknown>;
  readonly expected: {
    readonly data: (string[] | Record<string, unknown>)[];
    readonly errors: { type: string }[];
  };
}

/**
 * Our results where they differ from Papa Parse's, which keeps blank lines, allows ragged rows, and lets an
 * unclosed quote take the rest of the file.
 */
const argued: Record<string, string> = {
  'Quoted field has no closing quote': 'the next line is read normally',
  'Quoted field has invalid trailing quote after delimiter with a valid closer':
    'the reading with as many cells as the next row',
  'Quoted field has invalid trailing quote after delimiter': 'the next line is read normally',
  'Quoted field has invalid trailing quote before delimiter': 'text after a quote belongs to its cell only',
  'Quoted field has invalid trailing quote after new line': 'the next line is read normally',
  'Input is just empty fields': 'a short row is padded',
  'Bad comments value specified': 'a short row is padded',
  'One column input with empty fields': 'a blank line of a one-column file is a row with a missing cell',
  'Mixed slash n and slash r should choose first as precident':
    'a lone CR ends a row where the rows then have the same width',
  'Row with too few fields': 'a short last row without line end is a truncated one',
  'Row with too many fields': 'a long row is rejected, not carried along',
  "Parsing with skipEmptyLines set to 'greedy'": 'a row of empty cells is a row',
  "Parsing with skipEmptyLines set to 'greedy' with quotes and delimiters as content":
    'a row of empty cells is a row',
};

test(
  'papaparse: cases of default dialect and of dialects we can be told',
  without('papaparse'),
  async (t) => {
    const cases: PapaCase[] = JSON.parse(readFileSync(join(corpora, 'papaparse/cases.json'), 'utf8'));
    const told = [
      'delimiter',
      'quoteChar',
      'escapeChar',
      'comments',
      'header',
      'skipEmptyLines',
      'fastMode',
      'newline',
    ];
    let asked = 0;
    let left = 0;
    const differ = new Set<string>();
    for (const { suite, description, input, config = {}, expected } of cases) {
      if (suite === 'UNPARSE_TESTS') continue;
      if (Object.keys(config).some((key) => !told.includes(key)) || config['delimiter'] === '\n') {
        left++;
        continue;
      }
      asked++;
      const quote = config['quoteChar'] ?? '"';
      const { comments } = config;
      const options = {
        delimiter: config['delimiter'] ?? (suite === 'CORE_PARSER_TESTS' ? ',' : 'auto'),
        quote,
        escape: config['escapeChar'] ?? quote,
        header: config['header'] === true,
        skip_lines: 0,
        comment: comments === true ? '#' : typeof comments === 'string' ? comments : 'none',
      };
      const table = await readText(input, options).catch((error: unknown) => {
        assert.ok(error instanceof InvalidError, description);
        return { rows: [], names: [], problems: [] };
      });
      const data = expected.data.filter(
        (row) => !Array.isArray(row) || row.length > 1 || row[0]!.trim() !== '',
      );
      const isTable = config['header'] === true && Array.isArray(data[0]);
      const rows = table.rows.map((row) =>
        config['header'] === true && !isTable
          ? Object.fromEntries(table.names.map((name, i) => [name, row[i] ?? '']))
          : row.map((value) => value ?? ''),
      );
      const wanted = isTable ? data.slice(1) : data;
      if (JSON.stringify(rows) !== JSON.stringify(wanted)) differ.add(description);
      const broken = expected.errors.filter(({ type }) => type !== 'Delimiter');
      if (broken.length > 0) assert.ok(table.problems.length > 0, `${description} is not flagged`);
    }
    t.diagnostic(
      `${asked} cases, ${asked - differ.size} the same, ${differ.size} argued, ${left} of options we do not have`,
    );
    assert.deepEqual([...differ].sort(), Object.keys(argued).sort());
    assert.ok(asked >= 120);
  },
);

/** Fails unless every physical line of a plain file is in a row, before the table, or skipped. */
function assertBalance(path: string, table: Awaited<ReturnType<typeof readTable>>): void {
  const { details, rows, skipped, problems } = table;
  for (const { row } of problems)
    assert.ok(row >= 1 && row <= rows.length, `${path}: a problem in row ${row}`);
  const { dialect, compression } = details;
  if (compression !== 'none' || dialect.encoding !== 'utf-8' || dialect.lineEnd === '\r') return;
  const text = readFileSync(path);
  if (dialect.quote !== null && text.includes(dialect.quote)) return;
  let lines = text.at(-1) === 10 ? 0 : 1;
  for (const byte of text) if (byte === 10) lines++;
  const counted = Object.values(skipped).reduce((sum, { count }) => sum + count, 0);
  assert.equal(rows.length + dialect.headerRows + counted, lines, `${path}: ${JSON.stringify(skipped)}`);
}

for (const [corpus, least] of [
  ['frictionless', 100],
  ['csv-parser', 25],
  ['duckdb-csv', 600],
] as const) {
  test(`${corpus}: no crash, no hang, rows balance in every file`, {
    ...without(corpus),
    timeout: 300_000,
  }, async (t) => {
    const every = corpus === 'duckdb-csv' && !full ? 6 : 1;
    const paths = filesIn(join(corpora, corpus)).filter(
      (path) => /\.(csv|tsv|tbl|txt)(\.gz|\.zst|\.gzz)?$/.test(path) && !path.includes('glob/crawl'),
    );
    assert.ok(paths.length >= least);
    let read = 0;
    const refused: string[] = [];
    for (const [i, path] of paths.entries()) {
      if (i % every !== 0) continue;
      try {
        const table = await readTable(path);
        assertBalance(path, table);
        read++;
      } catch (error) {
        if (!(error instanceof InvalidError)) throw error;
        assert.ok(error.message.includes(path), `${error.message} names its file`);
        refused.push(`${path.split('/').at(-1)}: ${error.reason}`);
      }
    }
    t.diagnostic(`${read} files read, ${refused.length} refused by name`);
    assert.ok(refused.length <= read * 0.06, refused.join('\n'));
  });
}

test('frictionless: named defects are found under their code', without('frictionless'), async () => {
  const data = join(corpora, 'frictionless/data');
  const invalid = await readTable(join(data, 'invalid.csv'));
  assert.deepEqual(invalid.names, ['id', 'name', 'column_3', 'name_2']);
  assert.deepEqual(invalid.skipped['blank-line'], { count: 1, lines: [4] });
  assert.deepEqual(codes(invalid), ['1 short-row', '2 short-row', '3 long-row']);
  assert.deepEqual(invalid.details.notes.length, 2);
  const cases: [string, Record<string, unknown>][] = [
    ['blank-headers.csv', { problems: 0, names: ['id', 'column_2', 'age'] }],
    ['duplicate-headers.csv', { problems: 0 }],
    ['bom.csv', { problems: 0, names: ['id', 'name'] }],
    ['without-headers.csv', { problems: 0, headerRows: 0 }],
    ['delimiter.csv', { problems: 0, delimiter: ';' }],
    ['table.tsv', { problems: 0, delimiter: '\t' }],
    ['latin1.csv', { problems: 0, encoding: 'windows-1252' }],
    ['matrix-with-comment.csv', { problems: 0, comment: '#' }],
  ];
  for (const [name, wanted] of cases) {
    const table = await readTable(join(data, name));
    const seen: Record<string, unknown> = {
      ...table.details.dialect,
      problems: table.problems.length,
      names: table.names,
    };
    for (const [key, value] of Object.entries(wanted)) assert.deepEqual(seen[key], value, `${name}: ${key}`);
  }
});

test('duckdb-csv: encodings and delimiters are right', without('duckdb-csv'), async () => {
  const data = join(corpora, 'duckdb-csv/data/csv');
  const cases: [string, Record<string, unknown>, number][] = [
    ['encodings/utf16.csv', { encoding: 'utf-16le' }, 20],
    ['encodings/latin1.csv.gz', { encoding: 'windows-1252' }, 12],
    ['zstd/lineitem1k.tbl.zst', { delimiter: '|', headerRows: 0 }, 1000],
    ['lineitem1k.tbl.gz', { delimiter: '|' }, 1000],
    ['auto/tab_single_quote.csv', { delimiter: '\t', quote: "'" }, 3],
    ['auto/backslash_escape.csv', { delimiter: '|', escape: '\\' }, 3],
    ['auto/multi_column_string_r.csv', { delimiter: '|', lineEnd: '\r' }, 9],
    ['auto/utf8bom.csv', { encoding: 'utf-8', headerRows: 1 }, 2],
    ['real/ontime_sample.csv', { delimiter: ',', fields: 110 }, 9],
    ['real/tmp2013-06-15.csv.gz', { delimiter: ',' }, 37_459],
    ['comments/simple.csv', { delimiter: ';', comment: '#' }, 2],
    ['auto/multiple_skip_row.csv', { skipLines: 2, headerRows: 1 }, 1],
  ];
  for (const [name, wanted, rows] of cases) {
    const table = await readTable(join(data, name));
    const seen = table.details.dialect as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(wanted)) assert.deepEqual(seen[key], value, `${name}: ${key}`);
    assert.equal(table.rows.length, rows, name);
  }
});

/** Files of the ordinary corpora with a check, each for a reason; all others are read without one. */
const doubtful: Readonly<Record<string, readonly string[]>> = {
  'csv-parser/test/fixtures/option-comment.csv': ['check preamble-line'],
  'mlnet/test/data/iris-decimal-marker-as-comma.csv': ['check header-width'],
  'mlnet/test/data/multiline-escapechar.csv': ['check comment-line'],
  'mlnet/test/data/multiline.csv': ['check comment-line'],
  'mlnet/test/data/type-samples.txt': ['check header-width'],
};

test('ordinary files by others make no false check', {
  skip: existsSync(corpora) ? false : 'the corpora are not there',
}, async (t) => {
  const checks: Record<string, readonly string[]> = {};
  let files = 0;
  for (const corpus of [
    'csv-spectrum',
    'csv-parser/test/fixtures',
    'penguins',
    'mlnet/test/data',
    'holoclean/testdata',
  ]) {
    const names = readdirSync(join(corpora, corpus), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names.filter(
      (one) => /\.(csv|tsv|txt)$/.test(one) && !one.endsWith('_constraints.txt'),
    )) {
      const path = join(corpora, corpus, name);
      if (statSync(path).size > 3_000_000) continue;
      if (name === 'iris-lgbm.txt') {
        await assert.rejects(readTable(path), /is a LightGBM model, not CSV/);
        continue;
      }
      const { findings, doubts } = await readTable(path);
      files++;
      const found = [...findings, ...doubts.map((doubt) => doubt.replace(/:.*/, ''))];
      const check = found.filter((one) => one.startsWith('check'));
      if (check.length > 0) checks[`${corpus}/${name}`] = check;
    }
  }
  t.diagnostic(`${files} files`);
  assert.deepEqual(checks, doubtful);
});
