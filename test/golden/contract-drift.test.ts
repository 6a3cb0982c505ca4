import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Field, Float32, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { numberFeatures, textFeatures } from '../samples/samples.js';
import { lastLine, type Ran, sampleJob, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { completeFlights, flightNames } from './spoiled-flights.js';
import { writeTable } from './write-table.js';

const flights = completeFlights('2013-01-01').slice(0, 120);
const model = join(process.cwd(), 'data-samples', 'models', 'flight-delay.onnx');

interface Manifest {
  readonly contract: readonly {
    name: string;
    type: string;
    categories: string[] | null;
    isFeature: boolean;
  }[];
  readonly partitions: readonly { partition: string; input: { notes: string[] } }[];
}

function manifestOf(dir: Workdir): Manifest {
  return JSON.parse(dir.read('scored/_manifest.json')) as Manifest;
}

function notesOf(dir: Workdir, partition: string): string {
  return manifestOf(dir)
    .partitions.find((one) => one.partition === partition)!
    .input.notes.join('\n');
}

/** A job without a contract, or with the lines given. */
function run(dir: Workdir, lines = ''): Ran {
  const job = `
name: drift
input: { path: input }
model:
  path: ${model}
  outputs: { probability: { from: output_probability, class: 1 } }
${lines}
output: { path: scored }
quality: { max_rejected: null, empty_features: warn }
run: { workers: 1, isolation: none }
`;
  return dir.call(['run', dir.write('job.yaml', job)]);
}

/** The sample job's contract with a column's line replaced. */
function contractWith(replace: readonly (readonly [RegExp, string])[] = []): string {
  const text = sampleJob('flight-delay', replace);
  const lines = text.slice(text.indexOf('columns:'), text.indexOf('output:\n'));
  return lines.replace('key: true, ', '');
}

async function scoresOf(dir: Workdir, partition: string) {
  const rows = await query(
    `select probability, _problems as problems, _row_status as status from '${dir.path}/scored/part-${partition}.parquet' order by _source_row`,
  );
  return rows as { probability: number; problems: string[]; status: string }[];
}

const write = (
  dir: Workdir,
  name: string,
  change: (name: string, cell: string) => string | null = (_, cell) => cell,
) =>
  writeTable(dir, 'csv', `input/${name}`, {
    names: flightNames,
    rows: flights.map((cells) => cells.map((cell, at) => change(flightNames[at]!, cell))),
  });

describe('a job without columns', () => {
  it('has the contract that the model implies, names, types and categories, and writes it to the manifest', async () => {
    const dir = workdir();
    await write(dir, 'day');
    await write(dir, 'odd', (name, cell) => (name === 'carrier' ? 'ZZ' : name === 'hour' ? 'x' : cell));
    const ran = run(dir);
    assert.equal(ran.code, 0, ran.stderr);
    const { contract } = manifestOf(dir);
    const types = Object.fromEntries(contract.map(({ name, type }) => [name, type]));
    assert.deepEqual(
      types,
      Object.fromEntries([
        ...numberFeatures.map((n) => [n, 'float32']),
        ...textFeatures.map((n) => [n, 'string']),
      ]),
    );
    assert.deepEqual(contract.find(({ name }) => name === 'origin')!.categories, ['EWR', 'JFK', 'LGA']);
    assert.equal(contract.find(({ name }) => name === 'carrier')!.categories!.length, 16);
    const odd = await scoresOf(dir, 'odd');
    for (const { problems } of odd)
      assert.deepEqual(problems, ['unreadable:hour', 'unknown-category:carrier']);
    const drifted = workdir();
    await write(drifted, 'day');
    assert.equal(run(drifted, contractWith()).code, 0);
    assert.deepEqual(await scoresOf(dir, 'day'), await scoresOf(drifted, 'day'));
  });
});

describe('a column that is not in the file', () => {
  const without = {
    names: flightNames.filter((name) => name !== 'distance'),
    at: flightNames.indexOf('distance'),
  };
  const writeWithout = (dir: Workdir) =>
    writeTable(dir, 'csv', 'input/gone', {
      names: without.names,
      rows: flights.map((cells) => cells.filter((_, at) => at !== without.at)),
    });

  it('fails the partition by name, and the others are published', async () => {
    const dir = workdir();
    await writeWithout(dir);
    await write(dir, 'whole');
    const ran = run(dir, contractWith());
    const line = lastLine(ran);
    assert.equal(line.exit_code, 4, ran.stderr);
    assert.deepEqual(line.partitions, { planned: 2, published: 1, failed: 1, skipped: 0 });
    assert.match(
      ran.stderr,
      /gone\.csv: column \\?"distance\\?" must be in the file, found flight_id, flight/,
    );
  });

  it('is filled where the contract says with what: every row says so, and scores as if the value had stood there', async () => {
    const dir = workdir();
    await writeWithout(dir);
    await write(dir, 'whole', (name, cell) => (name === 'distance' ? '1000' : cell));
    const ran = run(
      dir,
      contractWith([[/distance: \{ type: float32/, 'distance: { type: float32, absent: { fill: 1000 }']]),
    );
    assert.equal(ran.code, 0, ran.stderr);
    const gone = await scoresOf(dir, 'gone');
    const whole = await scoresOf(dir, 'whole');
    assert.deepEqual(
      gone.map(({ probability }) => probability),
      whole.map(({ probability }) => probability),
    );
    for (const { problems, status } of gone)
      assert.deepEqual([problems, status], [['absent-column:distance'], 'repaired']);
    assert.match(notesOf(dir, 'gone'), /column "distance" is not in the file/);
  });
});

describe('columns that changed overnight', () => {
  it('are found under other spellings, elsewhere, with others beside them, and the manifest says so', async () => {
    const dir = workdir();
    await write(dir, 'a-first');
    const order = [...flightNames.keys()].reverse();
    const spelled = order.map((at) => (flightNames[at] === 'carrier' ? ' Carrier ' : flightNames[at]!));
    await writeTable(dir, 'csv', 'input/b-second', {
      names: [...spelled, 'weather'],
      rows: flights.map((cells) => [...order.map((at) => cells[at]!), 'fair']),
    });
    const ran = run(dir, contractWith());
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await scoresOf(dir, 'b-second'), await scoresOf(dir, 'a-first'));
    const notes = notesOf(dir, 'b-second');
    assert.match(notes, /column "carrier" is read from "Carrier"/i);
    assert.match(notes, /column "weather" was not in the first file/);
    assert.match(notes, /a different order than in the first file/);
  });

  it('are refused where two of them could be meant', async () => {
    const dir = workdir();
    await writeTable(dir, 'parquet', 'input/day', {
      names: flightNames.map((name) =>
        name === 'tailnum' ? 'CARRIER' : name === 'carrier' ? 'Carrier ' : name,
      ),
      rows: flights,
    });
    const ran = run(dir, contractWith());
    assert.equal(ran.code, 2);
    assert.match(
      ran.stderr,
      /column \\?"carrier\\?" must be in the file once, found \\?"CARRIER\\?" \(column 3\) and/,
    );
  });

  it('are refused by name where they are nested', async () => {
    const dir = workdir();
    const columns = flightNames.map((name) =>
      name === 'hour' ? `{'h': hour, 'tz': 'UTC'} as hour` : `"${name}"`,
    );
    await write(dir, '../sources/day');
    const types = flightNames.map(
      (name) =>
        `'${name}': '${['carrier', 'origin', 'dest', 'tailnum'].includes(name) ? 'VARCHAR' : name === 'time_hour' ? 'TIMESTAMP' : 'BIGINT'}'`,
    );
    const target = dir.write('input/day.parquet', '');
    await query(
      `copy (select ${columns.join(', ')} from read_csv('${dir.path}/sources/day.csv', columns = {${types.join(', ')}})) to '${target}' (format parquet)`,
    );
    const parquet = run(dir, contractWith());
    assert.equal(parquet.code, 2);
    assert.match(parquet.stderr, /column \\?"hour\\?" is of a type that cannot be read: .*struct/i);
    const arrow = workdir();
    const vectors = flightNames.map((name, at) => {
      const texts = flights.map((cells) => cells[at]!);
      if (name !== 'hour') return [name, vectorFromArray(texts, new Utf8())] as const;
      const type = new Struct([new Field('h', new Float32())]);
      return [
        name,
        vectorFromArray(
          texts.map((h) => ({ h: Number(h) })),
          type,
        ),
      ] as const;
    });
    arrow.write('input/day.arrow', tableToIPC(new Table(Object.fromEntries(vectors)), 'file'));
    const ran = run(arrow, contractWith());
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /column \\?"hour\\?" is of a type that cannot be read: .*struct/i);
  });
});

describe('numbers written with a decimal comma', () => {
  const comma = (cell: string) => `${Number(cell) + 0.5}`.replace('.', ',');
  const point = (cell: string) => String(Number(cell) + 0.5);
  const lines = (to: (cell: string) => string) => [
    flightNames.join(';'),
    ...flights.map((cells) =>
      cells.map((cell, at) => (flightNames[at] === 'dep_delay' ? to(cell) : cell)).join(';'),
    ),
  ];

  it('are read as they were, from what the sample shows, and the manifest says so', async () => {
    const dir = workdir();
    dir.write('input/comma.csv', `${lines(comma).join('\n')}\n`);
    dir.write('input/point.csv', `${lines(point).join('\n')}\n`);
    await writeTable(dir, 'parquet', 'input/text', {
      names: flightNames,
      rows: flights.map((cells) =>
        cells.map((cell, at) => (flightNames[at] === 'dep_delay' ? comma(cell) : cell)),
      ),
    });
    const ran = run(dir, contractWith());
    assert.equal(ran.code, 0, ran.stderr);
    const expected = await scoresOf(dir, 'point');
    assert.ok(expected.every(({ status }) => status === 'ok'));
    assert.deepEqual(await scoresOf(dir, 'comma'), expected);
    assert.deepEqual(await scoresOf(dir, 'text'), expected);
    assert.match(notesOf(dir, 'comma'), /numbers of column "dep_delay" are read with a decimal comma/);
    assert.doesNotMatch(notesOf(dir, 'point'), /decimal comma/);
  });
});
