import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { csv } from '../../../src/formats/csv/csv.js';
import { heldDialect, holdDialect } from '../../../src/formats/csv/hold-dialect.js';
import fc from '../../seeded.js';
import { fileOf, readTable } from './read-table.js';

/**
 * Reads the second file of a job with a look that may be confirmed and with a full one; both must say the
 * same. Returns true if it was confirmed.
 */
async function looksAlike(first: string, second: string, note = ''): Promise<boolean> {
  const { description } = await csv.open(fileOf(first), { csv: {} });
  const options = holdDialect({}, description);
  // Without the first file's header, no look is confirmed.
  const full = { ...options, held: { ...heldDialect(options)!, headers: [] } };
  const path = fileOf(second);
  const names = description.columns.map(({ name }) => name);
  const [short, long] = [
    await csv.open(path, { csv: options, names }),
    await csv.open(path, { csv: full, names }),
  ];
  const { shapes } = short.description.details['dialect'] as { shapes: readonly unknown[] };
  const isConfirmed = shapes.length === 0;
  if (!isConfirmed) return false;
  assert.deepEqual(withoutShapes(short.description), withoutShapes(long.description), note);
  assert.equal(JSON.stringify(short.about), JSON.stringify(long.about), note);
  const [read, asBefore] = [await readTable(path, options), await readTable(path, full)];
  assert.deepEqual({ ...read, details: null }, { ...asBefore, details: null }, note);
  return true;
}

function withoutShapes(description: Awaited<ReturnType<typeof csv.open>>['description']): unknown {
  const { details, ...rest } = description;
  return { ...rest, details: { ...details, dialect: { ...(details['dialect'] as object), shapes: null } } };
}

const header = 'id,moment,code,size,name';
const line = (i: number): string =>
  `${i},2013-01-${String((i % 28) + 1).padStart(2, '0')},B${i % 5},${i * 3},Ada ${i % 9}`;
const table = (rows: number, from = 1): string =>
  `${header}\n${Array.from({ length: rows }, (_, i) => `${line(from + i)}\n`).join('')}`;
const first = table(100);

describe('the look at a file after the first one', () => {
  it('is confirmed for plain files', async () => {
    assert.equal(await looksAlike(first, table(60, 1000)), true);
    assert.equal(await looksAlike(first, table(1200, 7)), true);
    assert.equal(await looksAlike(first.replaceAll(',', '\t'), table(60, 1000).replaceAll(',', '\t')), true);
    assert.equal(await looksAlike(table(3000), table(60)), true);
  });

  it('is confirmed for flights', async () => {
    const day = readFileSync(
      new URL('../../../../data-samples/flights/2013-01-01.csv', import.meta.url),
      'utf8',
    );
    const [names, ...rows] = day.trimEnd().split('\n');
    const part = (from: number, to: number): string => `${[names, ...rows.slice(from, to)].join('\n')}\n`;
    assert.equal(await looksAlike(part(0, 400), part(400, 840)), true);
  });

  const lines = table(60, 1000).trimEnd().split('\n');
  const changed = (at: number, text: string): string => `${lines.with(at, text).join('\n')}\n`;
  const inserted = (at: number, text: string): string => `${lines.toSpliced(at, 0, text).join('\n')}\n`;
  const others: readonly (readonly [name: string, text: string])[] = [
    ['another delimiter', table(60).replaceAll(',', ';')],
    ['other names', table(60).replace('size', 'sum')],
    ['names in another order', table(60).replace('code,size', 'size,code')],
    ['no header', table(60).slice(header.length + 1)],
    ['CRLF', table(60).replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${table(60)}`],
    ['a letter beyond ASCII', changed(30, '30,2013-01-01,B1,90,Zoë')],
    ['a quote', changed(30, '30,2013-01-01,B1,90,"Ada"')],
    ['a single quote', changed(30, "30,2013-01-01,B1,90,O'Hara")],
    ['a surplus cell', changed(30, '30,2013-01-01,B1,90,Ada,1')],
    ['a missing cell', changed(30, '30,2013-01-01,B1,90')],
    ['a blank line', inserted(30, '')],
    ['a comment', inserted(30, '# a,b,c,d,e')],
    ['a repeated header', inserted(30, header)],
    ['a text among values', changed(30, 'x,2013-01-01,B1,90,Ada')],
    ['a nearly empty row', changed(30, '30,,,,')],
    ['a currency', changed(30, '30,2013-01-01,B1,$90,Ada')],
    ['no line end', table(60).trimEnd()],
    ['a total', inserted(61, `Total,,,${60 * 1029.5 * 3},`)],
    ['a sum', inserted(61, `${60 * 1029.5},2013-01-01,B1,${60 * 1029.5 * 3},Ada`)],
    ['a quartile', inserted(61, '25,2013-01-01,B1,60,Ada')],
    ['blanks after delimiters', table(60).replaceAll(',', ', ')],
    ['few rows', table(8)],
    ['a preamble', `flights of a day\n\n${table(60)}`],
  ];
  for (const [name, text] of others)
    it(`is taken for a file with ${name}`, async () =>
      assert.equal(await looksAlike(first, text, name), false));

  it('says the same as a full look wherever it is confirmed', async () => {
    const number = fc.oneof(fc.nat(12), fc.nat(2000), fc.bigInt({ min: 0n, max: 10n ** 17n }).map(String));
    const cellOf: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      id: fc.nat(1_000_000),
      digits: number,
      three: fc.integer({ min: 100, max: 999 }),
      signed: fc.integer({ min: -50, max: 50 }),
      decimal: fc.tuple(fc.nat(99), fc.nat(999)).map(([a, b]) => `${a}.${String(b).padStart(3, '0')}`),
      mixed: fc.oneof(fc.nat(9), fc.constantFrom('1e5', '.5', '5.', '-0', '1 000', '12.05.2013', '007')),
      moment: fc.nat(27).map((day) => `2013-02-${String(day + 1).padStart(2, '0')} 0${day % 10}:00:00`),
      clock: fc.nat(59).map((minute) => `12:${String(minute).padStart(2, '0')}`),
      code: fc.constantFrom('AA', '9E', 'NA', 'n', 'None', 'x_1', 'a.b', '-', '?', '3,'.slice(0, 1)),
      text: fc.constantFrom(
        'Ada Lovelace',
        'a/b',
        'see: c',
        'total',
        'St. Ives',
        'mean',
        ' z',
        '1 234.5',
        '(x)',
      ),
      empty: fc.constant(''),
    };
    const rarely = <T>(made: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
      fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: made });
    const kinds = Object.keys(cellOf);
    const doubtful = ['mixed', 'code', 'text', 'empty'];
    const usual = kinds.filter((kind) => !doubtful.includes(kind));
    const kind = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: fc.constantFrom(...doubtful) },
    );
    const shape = fc.array(kind, { minLength: 4, maxLength: 7 });
    const cases = shape.chain((columns) => {
      const row = fc.tuple(
        ...columns.map((kind) =>
          fc.oneof({ weight: 9, arbitrary: cellOf[kind]! }, { weight: 1, arbitrary: fc.constant('') }),
        ),
      );
      const rows = fc.array(row, { minLength: 20, maxLength: 60 });
      return fc.record({
        columns: fc.constant(columns),
        mark: fc.constantFrom(',', ',', ';', '\t', '|'),
        rows: fc.tuple(rows, rows),
        times: fc.constantFrom(1, 1, 4, 12),
        last: rarely(
          fc.array(fc.constantFrom('', 'Total', 'sum', '25', 'N', '0', '20'), { minLength: 1, maxLength: 7 }),
        ),
        flaw: rarely(
          fc.tuple(fc.nat(4000), fc.constantFrom('"', "'", '\n', ',', ';', '::', '#', ' ', 'x', '\r')),
        ),
      });
    });
    let confirmed = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ columns, mark, rows, times, last, flaw }) => {
        const head = `${columns.map((kind, i) => `${kind}_${i}`).join(mark)}\n`;
        const body = (part: readonly (readonly unknown[])[], count: number): string =>
          Array.from({ length: count }, () => part.map((cells) => `${cells.join(mark)}\n`).join('')).join('');
        const end = last === null ? '' : `${columns.map((_, i) => last[i] ?? '').join(mark)}\n`;
        let text = head + body(rows[1], times) + end;
        if (flaw !== null) text = text.slice(0, flaw[0]) + flaw[1] + text.slice(flaw[0]);
        if (await looksAlike(head + body(rows[0], 2), text, JSON.stringify(text))) confirmed++;
      }),
      { numRuns: process.env['NIGHTSHIFT_FULL'] === '1' ? 5000 : 250 },
    );
    assert.ok(confirmed >= 20, `${confirmed} were confirmed`);
  });
});
