import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Dictionary, Float64, Int8, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { makeModel, mlNode } from '../model/make-model.js';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

// Texts that mean a missing value in CSV are texts in files that have nulls of their own.

const texts = ['NA', 'EU', '', 'null', 'NULL', 'NaN', 'N/A', 'None', '  ', 'DE', null];

function job(input: string, region = 'type: string', more = ''): string {
  return `
name: texts
input: { path: ${input} }
model: { path: m.onnx }
columns:
  region: { ${region} }
  x: { type: float64 }
output: { path: out, columns: [region, note] }
quality: { max_rejected: 100% }
run: { workers: 1, isolation: none }
${more}`;
}

/** The ways to hold the texts: Parquet, Arrow, Arrow with a dictionary, JSON Lines. */
async function writeInputs(dir: Workdir): Promise<readonly string[]> {
  const quoted = texts.map((text) => (text === null ? 'null' : `'${text}'`));
  const rows = quoted.map((text, i) => `(${text}, ${text}, ${i}::double)`).join(', ');
  await query(
    `copy (select * from (values ${rows}) t(region, note, x)) to '${dir.path}/a.parquet' (format parquet)`,
  );
  const x = vectorFromArray([...texts.keys()], new Float64());
  const plain = vectorFromArray(texts, new Utf8());
  const coded = vectorFromArray(texts, new Dictionary(new Utf8(), new Int8()));
  dir.write('a.arrow', tableToIPC(new Table({ region: plain, note: plain, x }), 'file'));
  dir.write('b.arrows', tableToIPC(new Table({ region: coded, note: coded, x }), 'stream'));
  dir.write(
    'c.jsonl',
    texts.map((text, i) => `${JSON.stringify({ region: text, note: text, x: i })}\n`).join(''),
  );
  return ['a.parquet', 'a.arrow', 'b.arrows', 'c.jsonl'];
}

async function modelOf(inputs: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const entries = Object.entries(inputs);
  return makeModel({
    inputs: Object.fromEntries(entries.map(([name, type]) => [name, [type, 'N', 1]])),
    outputs: Object.fromEntries(entries.map(([name, type]) => [`y_${name}`, [type, 'N', 1]])),
    nodes: entries.map(([name]) => ({ op_type: 'Identity', input: [name], output: [`y_${name}`] })),
  });
}

const read = (dir: Workdir, input: string, columns = '*') =>
  query(
    `select ${columns} from '${dir.path}/out/part-${input.replace(/\..*/, '')}.parquet' order by _source_row`,
  );

describe('texts of Parquet and Arrow that mean a missing value in CSV', () => {
  const dir = workdir();
  let inputs: readonly string[];
  before(async () => {
    inputs = await writeInputs(dir);
    dir.write('m.onnx', await modelOf({ region: 'string', x: 'float64' }));
  });

  it('are fed to the model and carried as they are; only nulls are missing', async () => {
    for (const input of inputs) {
      const ran = dir.call(['run', dir.write('job.yaml', job(input)), '--force']);
      assert.equal(ran.code, 0, ran.stderr);
      const { read: count, scored, flagged, rejected } = lastLine(ran).rows;
      assert.deepEqual([count, scored, flagged, rejected], [11, 10, 0, 1], input);
      const rows = await read(dir, input, 'region, y_region, note');
      const kept = texts.slice(0, 10);
      for (const column of ['region', 'y_region', 'note'])
        assert.deepEqual(
          rows.map((row) => row[column]),
          kept,
          `${input} ${column}`,
        );
    }
  });

  it("are missing where the column's own null_values says so, and only there", async () => {
    for (const input of inputs) {
      const own = job(input, 'type: string, missing: { fill: gone }, null_values: ["", NA, null]');
      const ran = dir.call(['run', dir.write('job.yaml', own), '--force']);
      assert.equal(ran.code, 0, ran.stderr);
      const rows = await read(dir, input, 'region, note');
      assert.deepEqual(
        rows.map((row) => row['region']),
        ['gone', 'EU', 'gone', 'gone', 'NULL', 'NaN', 'N/A', 'None', 'gone', 'DE', 'gone'],
        input,
      );
      assert.deepEqual(
        rows.map((row) => row['note']),
        texts,
        input,
      );
    }
  });

  it('are raw in rejects as they are, and keys like any other', async () => {
    for (const input of inputs) {
      const keyed = job(input, 'type: string, key: true, disallowed: reject, pattern: "[A-Z]*"');
      const ran = dir.call(['run', dir.write('job.yaml', keyed), '--force']);
      assert.equal(ran.code, 0, ran.stderr);
      const lines = readFileSync(
        join(dir.path, `out/_rejects/part-${input.replace(/\..*/, '')}.ndjson`),
        'utf8',
      );
      const rejects = lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { row: number; code: string; found: string | null; raw: string });
      assert.deepEqual(
        rejects.map(({ row, found }) => [row, found]),
        [4, 6, 7, 8, 9, 11].map((row) => [row, texts[row - 1]]),
        input,
      );
      for (const { row, raw } of rejects) assert.equal(JSON.parse(raw).region, texts[row - 1], input);
    }
  });

  it('are categories and known to the baseline', async () => {
    for (const input of inputs) {
      const base = 'quality: { max_rejected: 100%, baseline: base.json }';
      const written = job(input, 'type: string, categories: [NA, EU, "", DE], unknown: reject', '').replace(
        /^quality.*$/m,
        base,
      );
      const profiled = dir.call(['profile', dir.write('job.yaml', written)]);
      assert.equal(profiled.code, 0, profiled.stderr);
      const { columns } = JSON.parse(dir.read('base.json')) as {
        columns: { name: string; missing: number; unknown: number }[];
      };
      const { missing, unknown } = columns.find(({ name }) => name === 'region')!;
      assert.deepEqual([missing, unknown], [1, 5], input);
      const ran = dir.call(['run', 'job.yaml', '--force']);
      assert.equal(ran.code, 0, ran.stderr);
      const rows = await read(dir, input, 'region');
      assert.deepEqual(
        rows.map((row) => row['region']),
        ['NA', 'EU', '', '', 'DE'],
        input,
      );
    }
  });
});

describe('texts of Parquet and Arrow under a contract of numbers', () => {
  const cells = ['1', 'NA', '', 'NaN', null, '2.5'];

  it('are unreadable where they are no number, unless the column says that they mean a missing one', async () => {
    const dir = workdir();
    dir.write('m.onnx', await modelOf({ x: 'float64' }));
    const rows = cells.map((text) => `(${text === null ? 'null' : `'${text}'`})`).join(', ');
    await query(`copy (select * from (values ${rows}) t(x)) to '${dir.path}/a.parquet' (format parquet)`);
    dir.write('b.arrow', tableToIPC(new Table({ x: vectorFromArray(cells, new Utf8()) }), 'file'));
    for (const input of ['a.parquet', 'b.arrow']) {
      const problems = async (own: string) => {
        const text = `name: n\ninput: { path: ${input} }\nmodel: { path: m.onnx }\ncolumns:\n  x: { type: float64, missing: { fill: 0 }${own} }\noutput: { path: out }\nquality: { max_flagged: 100% }\n`;
        const ran = dir.call(['run', dir.write('job.yaml', text), '--force']);
        assert.equal(ran.code, 0, ran.stderr);
        return (await read(dir, input, '_problems')).map((row) => row['_problems']);
      };
      const gone = ['missing:x'];
      const bad = ['unreadable:x', 'missing:x'];
      assert.deepEqual(await problems(''), [[], bad, bad, gone, gone, []], input);
      assert.deepEqual(await problems(', null_values: ["", NA]'), [[], gone, gone, gone, gone, []], input);
    }
  });
});

describe('a word of CSV that means a missing value and is a category of the column', () => {
  const cells = ['NA', 'EU', '', 'null'];

  async function scored(region: string) {
    const dir = workdir();
    const encoder = mlNode('OneHotEncoder', ['region'], ['y'], { cats_strings: ['NA', 'EU'], zeros: 1 });
    dir.write(
      'm.onnx',
      await makeModel({
        inputs: { region: ['string', 'N', 1] },
        outputs: { y: ['float32', 'N', 1, 2] },
        nodes: [encoder],
      }),
    );
    dir.write('a.csv', `region,id\n${cells.map((cell, i) => `${cell},${i}`).join('\n')}\n`);
    const text = `name: n\ninput: { path: a.csv, csv: { header: true, delimiter: "," } }\nmodel: { path: m.onnx }\ncolumns:\n  region: { type: string, missing: { fill: gone }${region} }\noutput: { path: out, columns: [region] }\nquality: { max_flagged: 100% }\n`;
    const ran = dir.call(['run', dir.write('job.yaml', text)]);
    assert.equal(ran.code, 0, ran.stderr);
    return (await read(dir, 'a', 'region')).map((row) => row['region']);
  }

  it('is that category, listed or the one of the model', async () => {
    assert.deepEqual(await scored(''), ['NA', 'EU', 'gone', 'gone']);
    assert.deepEqual(await scored(', categories: [NA, EU]'), ['NA', 'EU', 'gone', 'gone']);
    const aliases = ', categories: [EU, OTHER], aliases: { OTHER: [NA, "null"] }';
    assert.deepEqual(await scored(aliases), ['OTHER', 'EU', 'gone', 'OTHER']);
  });

  it("means a missing value where the column's own null_values names it", async () => {
    assert.deepEqual(await scored(', null_values: ["", NA]'), ['gone', 'EU', 'gone', 'null']);
  });
});
