import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { codedTextsOf } from '../../../src/chunk/coded-texts.js';
import type { TextColumn } from '../../../src/chunk/column.js';
import { Problems } from '../../../src/chunk/problem.js';
import { selectRows } from '../../../src/chunk/select-rows.js';
import type { ArrowArray, TextArray } from '../../../src/formats/cast/arrow-array.js';
import { columnCast } from '../../../src/formats/cast/column-cast.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { profileOf } from '../../quality/made-columns.js';
import fc from '../../seeded.js';
import { outputBytes } from '../made-output.js';
import { columnValues, readColumn } from '../whole-table.js';

const entry = fc.constantFrom('', 'a', 'NA', ' NA ', 'ä€𝄞', 'x'.repeat(70_000), 'zürich', '0');
const badEntry = fc.constantFrom(Buffer.from([0xff]), Buffer.from([0x61, 0xc3]), Buffer.from([0xa4, 0x62]));
const plan = readColumn('string', { layout: 'text', nullValues: ['NA'] });

/** Rows as codes into entries, some entries and some rows missing. */
const columns = (entries: fc.Arbitrary<string | Buffer>) =>
  fc.array(entries, { minLength: 1, maxLength: 8 }).chain((texts) =>
    fc.record({
      texts: fc.constant(texts),
      gone: fc.array(fc.boolean(), { minLength: texts.length, maxLength: texts.length }),
      codes: fc.array(fc.option(fc.nat({ max: texts.length - 1 }), { freq: 6 }), { maxLength: 40 }),
      kept: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    }),
  );

type Rows = typeof columns extends (...args: never[]) => fc.Arbitrary<infer R> ? R : never;

function textArray(texts: readonly (string | Buffer)[], isThere: (i: number) => boolean): TextArray {
  const parts = texts.map((text) => Buffer.from(text as string));
  const offsets = new Int32Array(parts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length;
  return {
    store: 'text',
    type: { kind: 'text', offsets: 32, utf8: true },
    length: parts.length,
    ...validityOf(parts.map((_, i) => isThere(i))),
    offsets,
    bytes: Buffer.concat(parts),
  };
}

function validityOf(there: readonly boolean[]) {
  if (there.every(Boolean)) return { validity: null, validityStart: 0 };
  const validity = new Uint8Array((there.length + 7) >> 3);
  for (const [i, one] of there.entries()) if (one) validity[i >> 3]! |= 1 << (i & 7);
  return { validity, validityStart: 0 };
}

/** The same rows as codes and as texts. */
function bothForms({ texts, gone, codes }: Rows): readonly [ArrowArray, ArrowArray] {
  const dictionary = textArray(texts, (i) => !gone[i]);
  const there = codes.map((code) => code !== null);
  const type = {
    kind: 'dictionary',
    index: { bits: 32, signed: true },
    value: dictionary.type,
    id: 0n,
  } as const;
  const coded: ArrowArray = {
    store: 'codes',
    type,
    length: codes.length,
    ...validityOf(there),
    codes: Int32Array.from(codes, (code) => code ?? 0),
    dictionary,
  };
  const isThere = (i: number) => codes[i] !== null && !gone[codes[i]!];
  const written = textArray(
    codes.map((code, i) => (isThere(i) ? texts[code!]! : '')),
    isThere,
  );
  return [coded, written];
}

function cast(array: ArrowArray) {
  const problems = new Problems();
  const column = columnCast(plan)(array, problems) as TextColumn;
  return { column, found: Array.from(problems, ({ kind, row }) => `${row}:${kind.code}`) };
}

async function parquetTexts(column: TextColumn): Promise<unknown[]> {
  const fields = [{ name: 't', type: 'string', dictionary: false }] as const;
  const bytes = await outputBytes(parquet, [{ rows: column.length, columns: [column] }], fields);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return (await parquetReadObjects({ file })).map(({ t }) => t ?? null);
}

for (const [name, entries] of [
  ['UTF-8', entry],
  ['any bytes', fc.oneof(entry, badEntry)],
] as const) {
  test(`texts that are codes into ${name} are read, selected, profiled and written like texts (property)`, async () => {
    let stayedCoded = 0;
    await fc.assert(
      fc.asyncProperty(columns(entries), async (rows) => {
        const [coded, written] = bothForms(rows).map(cast);
        if (codedTextsOf(coded!.column) !== null) stayedCoded++;
        // Whatever works with codes runs before the texts are written out.
        const kept = Int32Array.from(rows.codes.flatMap((_, i) => (rows.kept[i] ? [i] : [])));
        const [profile, selected, output] = [
          profileOf(coded!.column),
          selectRows(coded!.column, kept),
          await parquetTexts(coded!.column),
        ];
        const values = columnValues(written!.column);
        assert.deepEqual(profile, profileOf(written!.column));
        assert.deepEqual(output, values);
        assert.deepEqual(
          columnValues(selected),
          [...kept].map((row) => values[row]),
        );
        assert.deepEqual(profileOf(selected), profileOf(selectRows(written!.column, kept)));
        assert.deepEqual(columnValues(coded!.column), values);
        assert.deepEqual(coded!.found, written!.found);
      }),
    );
    assert.ok(stayedCoded > 10, `${stayedCoded} columns stayed codes`);
  });
}
