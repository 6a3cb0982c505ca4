import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Row, RowResult } from '../../src/library/api.js';
import { NightshiftError, openScorer, run } from '../../src/library/index.js';
import { models, readTable } from '../samples/samples.js';
import fc from '../seeded.js';
import { type Workdir, workdir } from '../workdir.js';

/** A line of a scored file, and of a reject. */
interface Line {
  readonly [column: string]: unknown;
  readonly _row_status: string;
  readonly _problems: readonly string[];
  readonly _source_row: number;
}

const table = readTable('flights/2013-01-01.csv');

/** Flights as a program holds them: numbers where the cell is one, null where it is empty. */
const flights: readonly Row[] = table.rows.slice(0, 300).map((cells) =>
  Object.fromEntries(
    table.header.map((name, i) => {
      const cell = cells[i]!;
      return [name, cell === '' ? null : /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell];
    }),
  ),
);

/** Values that rules repair, flag or reject, and some that are right in one column only. */
const spoiled = fc.oneof(
  fc.constantFrom(
    null,
    undefined,
    '',
    'NA',
    'n/a',
    ' ua ',
    'UA',
    '1,234',
    '12.5 %',
    'abc',
    true,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
  fc.constantFrom(
    -999,
    99999,
    0,
    -0,
    1e300,
    2.5,
    2n ** 63n - 1n,
    2n ** 70n,
    '2013-01-01',
    'é\u0000"\\\n',
    [1, 2],
    { a: 1 },
  ),
  fc.double(),
  fc.string(),
);

const spoilings = fc.array(
  fc.record({ row: fc.nat(), column: fc.constantFrom(...table.header), value: spoiled }),
  { minLength: 40, maxLength: 150, size: 'max' },
);

const picks = fc.array(fc.nat(flights.length - 1), { minLength: 1, maxLength: 250, size: 'max' });

/** The sample job over one file of JSON Lines, into one. */
function sampleJob(dir: Workdir, name: string, input: string): string {
  const text = readFileSync(`jobs/${name}.yaml`, 'utf8')
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights\/.*/, `path: ${input}`)
    .replace(/path: \.\.\/scored.*/, 'path: out')
    .replace(/format: parquet.*/, 'format: jsonl')
    .replace(/max_rejected: .*/, 'max_rejected: 100%')
    .replace(/max_repaired: .*/, 'max_repaired: 100%')
    .replace(/min_rows: .*/, 'empty_features: ignore')
    .replace(/ {2}baseline: .*/, '  max_flagged: 100%');
  return dir.write('job.yaml', text);
}

const lineOf = (row: Row) =>
  `{${Object.entries(row)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`)
    .join(',')}}`;

function textOf(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number')
    return Object.is(value, -0) ? '-0' : String(value);
  return JSON.stringify(value);
}

const linesOf = (dir: Workdir, path: string): Line[] =>
  dir
    .readOr(path, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** What the scored file and the rejects say of each row, in the form of results. */
function published(dir: Workdir, rows: number) {
  const scored = new Map(linesOf(dir, 'out/part-rows.jsonl').map((line) => [line._source_row, line]));
  const rejects = new Map(
    linesOf(dir, 'out/_rejects/part-rows.ndjson').map((line) => [line['row'] as number, line]),
  );
  return Array.from({ length: rows }, (_, i) => {
    const line = scored.get(i + 1);
    const reject = rejects.get(i + 1);
    assert.ok((line === undefined) !== (reject === undefined), `row ${i + 1}`);
    if (line === undefined) return { status: 'rejected', values: null, problems: reject!['problems'] };
    const { _row_status: status, _problems: problems, _source_file, _source_row, ...values } = line;
    return { status, values, problems };
  });
}

/** A result in the same form; float32 as their shortest texts read. */
function comparable({ status, scores, columns, problems }: RowResult) {
  const labels = problems.map(({ code, column }) => (column === null ? code : `${code}:${column}`));
  const values = scores === null ? null : { ...columns, ...scores };
  return { status, values, problems: [...new Set(labels)] };
}

/** Floats of 32 bits, which the file writes as their shortest texts. */
function rounded(values: Readonly<Record<string, unknown>> | null) {
  if (values === null) return null;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'probability'
        ? Math.fround(value as number)
        : typeof value === 'bigint'
          ? Number(value)
          : value,
    ]),
  );
}

describe('a scorer in process', () => {
  const dir = workdir();

  for (const name of models) {
    it(`gives what a run of ${name} publishes, whatever is wrong with the rows`, async () => {
      const input = dir.write('rows.jsonl', `${flights.map(lineOf).join('\n')}\n`);
      const job = sampleJob(dir, name, input);
      const scorer = await openScorer(job);
      let wrong = 0;
      try {
        await fc.assert(
          fc.asyncProperty(picks, spoilings, async (picked, cells) => {
            const rows = picked.map((i) => ({ ...flights[i] }) as Record<string, unknown>);
            for (const { row, column, value } of cells) rows[row % rows.length]![column] = value;
            dir.write('rows.jsonl', `${rows.map(lineOf).join('\n')}\n`);
            dir.remove('out');
            const batch = await run(job).then(
              (report) => report.error?.message ?? published(dir, rows.length),
              (error: Error) => error.message,
            );
            const online = await scorer.score(rows).catch((error: Error) => error.message);
            if (typeof batch === 'string') {
              // Both refuse the rows as a whole, and name what is wrong.
              assert.ok(typeof online === 'string', `the run says: ${batch}`);
              assert.ok(batch.includes(online.replace(/^rows: /, '')), `${batch}\n${online}`);
              return;
            }
            assert.ok(typeof online !== 'string', String(online));
            const found = online.map(comparable);
            assert.deepEqual(
              found.map((one) => ({ ...one, values: rounded(one.values) })),
              batch.map((one) => ({ ...one, values: rounded(one.values) })),
            );
            wrong += found.filter(({ status }) => status !== 'ok').length;
          }),
          { numRuns: 6 },
        );
        assert.ok(wrong > 50, `only ${wrong} rows had a problem`);
      } finally {
        await scorer.close();
      }
    });
  }

  it('gives what a run publishes, with derived columns, thresholds, bands and reasons', async () => {
    const frame = join(process.cwd(), 'data-samples/models/trees/frame');
    const [header, ...lines] = readFileSync(join(frame, 'rows.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(header, 'amount,age in days,city,shop');
    const known: readonly Row[] = lines.map((line) => {
      const [amount, age, city, shop] = line.split(',').map((cell) => (cell === '' ? null : cell));
      return {
        amount: amount === null ? null : Number(amount),
        age: age == null ? null : Number(age) / 24,
        ...{ city, shop: shop == null ? null : Number(shop) },
      };
    });
    const input = dir.write('rows.jsonl', '');
    const file = {
      name: 'all',
      input: { path: input },
      model: {
        path: join(frame, 'model.txt'),
        outputs: {
          probability: {
            from: 'probabilities',
            ...{ class: 1, round: 3, threshold: { at: 0.4, yes: 'sell', no: 'keep' } },
            bands: { low: 0.2, middle: 0.6, high: 1 },
          },
        },
      },
      columns: {
        'age in days': { from: 'age * 24', range: [0, 400], outside: 'clamp' },
        size: { from: 'bin(amount, -1, 0, 1)', map: { 0: 'tiny', 1: 'small', 2: 'large', 3: 'huge' } },
        amount: { type: 'float64', missing: 'flag', range: [-3, 3], outside: 'reject' },
      },
      output: {
        ...{ path: 'out', format: 'jsonl', columns: ['size', 'age in days'] },
        reasons: { top: 2, when: 'probability >= 0.3' },
      },
      quality: { max_rejected: '100%', max_flagged: '100%', empty_features: 'ignore' },
    };
    const job = dir.write('all.yaml', JSON.stringify(file));
    dir.write('rows.jsonl', `${known.map(lineOf).join('\n')}\n`);
    const scorer = await openScorer(job);
    const seen = new Set<unknown>();
    const change = fc.record({
      row: fc.nat(),
      column: fc.constantFrom('amount', 'age', 'city', 'shop'),
      value: fc.oneof(
        fc.constantFrom(null, -5, 0, 2.5, 20, 'Köln', 'nowhere', 'abc', '12,5'),
        fc.double({ min: -4, max: 4, noNaN: true }),
      ),
    });
    const some = fc.array(fc.nat(known.length - 1), { minLength: 1, maxLength: 120, size: 'max' });
    try {
      await fc.assert(
        fc.asyncProperty(some, fc.array(change, { maxLength: 30 }), async (picked, cells) => {
          const rows = picked.map((i) => ({ ...known[i] }) as Record<string, unknown>);
          for (const { row, column, value } of cells) rows[row % rows.length]![column] = value;
          dir.write('rows.jsonl', `${rows.map(lineOf).join('\n')}\n`);
          dir.remove('out');
          const report = await run(job, { input: join(dir.path, 'rows.jsonl') });
          assert.equal(report.error, undefined, report.error?.message);
          const batch = published(dir, rows.length);
          const online = (await scorer.score(rows)).map((result) => {
            const { values, ...rest } = comparable(result);
            return { ...rest, values: values === null ? null : { ...values, ...result.reasons } };
          });
          assert.deepEqual(
            online.map((one) => ({ ...one, values: rounded(one.values) })),
            batch.map((one) => ({ ...one, values: rounded(one.values) })),
          );
          for (const { values } of online) {
            for (const name of ['probability_band', 'probability_decision', 'reason_1', 'size'])
              seen.add((values as Record<string, unknown> | null)?.[name]);
          }
        }),
        { numRuns: 12 },
      );
    } finally {
      await scorer.close();
    }
    for (const value of ['low', 'high', 'sell', 'keep', 'amount', 'city', 'small', 'huge', null])
      assert.ok(seen.has(value), `${value} is not among ${[...seen].join(', ')}`);
  });

  it('says with a type, a reason and an exit code what is wrong', async () => {
    const job = sampleJob(dir, models[0]!, dir.write('rows.jsonl', `${flights.map(lineOf).join('\n')}\n`));
    const scorer = await openScorer(job);
    after(() => scorer.close());
    const refused = async (rows: unknown, reason: string, message: RegExp) =>
      assert.rejects(scorer.score(rows as Row[]), (error) => {
        assert.ok(error instanceof NightshiftError);
        assert.deepEqual([error.reason, error.exitCode], [reason, 2]);
        assert.match(error.message, message);
        return true;
      });
    await refused([flights[0], 7], 'not-a-row', /^row 2 must be an object, found number$/);
    await refused('not rows', 'not-a-row', /^rows must be an array of objects, found string$/);
    await refused([[1]], 'not-a-row', /^row 1 must be an object/);
    await refused([{ carrier: () => 1 }], 'not-a-row', /in column "carrier", found function$/);
    await refused([{ ...flights[0], dep_delay: new Date(Number.NaN) }], 'not-a-row', /a Date without a time/);
    const { carrier: _, ...rest } = flights[0]!;
    await refused([rest], 'absent-column', /^rows: column "carrier" must be in the file/);
    assert.deepEqual(await scorer.score([]), []);
    // A call that was refused leaves the scorer as it was; calls at the same time do not mix.
    const [one, two] = await Promise.all([scorer.score([flights[0]!]), scorer.score([flights[1]!])]);
    assert.deepEqual([...one, ...two], await scorer.score(flights.slice(0, 2)));
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(scorer.score(flights, { signal: stopped.signal }), {
      reason: 'interrupted',
      exitCode: 130,
    });
    await assert.rejects(openScorer(job, { signal: stopped.signal }), { reason: 'interrupted' });
    await assert.rejects(openScorer(join(dir.path, 'none.yaml')), { reason: 'job-file', exitCode: 2 });
  });

  it('needs no input where the job file says it all', async () => {
    const scorer = await openScorer(sampleJob(dir, models[1]!, join(dir.path, 'absent-*.csv')));
    const [result] = await scorer.score([flights[0]!]);
    assert.equal(result!.status, 'ok');
    await scorer.close();
  });
});
