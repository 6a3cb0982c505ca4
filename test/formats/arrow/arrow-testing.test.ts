import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { arrow } from '../../../src/formats/arrow/arrow.js';
import { wholeTable } from '../whole-table.js';

/** The integration format of Arrow: a file's values as JSON. */
interface JsonFile {
  readonly schema: { readonly fields: readonly JsonField[] };
  readonly dictionaries?: readonly {
    readonly id: number;
    readonly data: { readonly columns: readonly JsonColumn[] };
  }[];
  readonly batches: readonly { readonly count: number; readonly columns: readonly JsonColumn[] }[];
}

interface JsonField {
  readonly name: string;
  readonly type: {
    readonly name: string;
    readonly unit?: string;
    readonly scale?: number;
    readonly listSize?: number;
    readonly timezone?: string;
  };
  readonly children?: readonly JsonField[];
  readonly dictionary?: { readonly id: number };
}

interface JsonColumn {
  readonly count: number;
  readonly VALIDITY?: readonly (0 | 1)[];
  readonly DATA?: readonly (string | number | boolean)[];
  readonly OFFSET?: readonly (string | number)[];
  readonly children?: readonly JsonColumn[];
}

const folder = '../shared/corpora/arrow-testing/data/arrow-ipc-stream/integration';
const skip = existsSync(folder) ? false : `${folder} is absent`;

/** Columns that are refused: nested types, and flat ones that are not numbers, times or text. */
const refused =
  /Struct|Map|Union|List<List|LargeList<List|List<Struct|^FixedSizeBinary\(\d+\)$|Interval|List<Dictionary|RunEndEncoded<.*(List|Dictionary|Struct)/;

test('reads the files and streams of arrow-testing as their JSON says', { skip }, async (t) => {
  let compared = 0;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const answers = names.filter((name) => name.endsWith('.json.gz'));
  assert.ok(answers.length > 20);
  for (const answer of answers) {
    const json: JsonFile = JSON.parse(gunzipSync(readFileSync(`${folder}/${answer}`)).toString());
    for (const ending of ['.arrow_file', '.stream']) {
      const name = answer.replace('.json.gz', ending);
      const table = await wholeTable(arrow, `${folder}/${name}`, { byPlace: true, chunkBytes: 300 });
      const rows = json.batches.reduce((sum, { count }) => sum + count, 0);
      assert.equal(table.rows, rows, name);
      assert.equal(table.description.rows, rows, name);
      for (const [i, { readable, native, type }] of table.description.columns.entries()) {
        if (!readable) {
          assert.match(native, refused, `${name}: column ${i}`);
          continue;
        }
        const field = json.schema.fields[i]!;
        const wanted = json.batches.flatMap(({ columns }) => expectedValues(field, columns[i]!, json, type));
        assert.deepEqual(table.columns[i]!.map(comparable), wanted, `${name}: ${field.name} ${native}`);
        compared++;
      }
    }
  }
  t.diagnostic(`${compared} columns compared`);
  assert.ok(compared > 200);
});

function expectedValues(
  field: JsonField,
  column: JsonColumn,
  json: JsonFile,
  type: string | null,
): unknown[] {
  return Array.from({ length: column.count }, (_, row) => expectedValue(field, column, row, json, type));
}

function expectedValue(
  field: JsonField,
  column: JsonColumn,
  row: number,
  json: JsonFile,
  type: string | null,
): unknown {
  if (field.type.name === 'null' || column.VALIDITY?.[row] === 0) return null;
  if (field.dictionary !== undefined) {
    const { data } = json.dictionaries!.find(({ id }) => id === field.dictionary!.id)!;
    const { dictionary, ...value } = field;
    assert.ok(dictionary);
    return expectedValue(value, data.columns[0]!, Number(column.DATA![row]), json, type);
  }
  if (type === 'list<float32>') {
    const size = field.type.listSize;
    const start = size === undefined ? Number(column.OFFSET![row]) : row * size;
    const end = size === undefined ? Number(column.OFFSET![row + 1]) : start + size;
    const item = column.children![0]!;
    return Array.from({ length: end - start }, (_, i) =>
      item.VALIDITY![start + i] === 0 ? null : Math.fround(Number(item.DATA![start + i])),
    );
  }
  return flatValue(field, column.DATA![row]!, type);
}

function flatValue(
  { type: { name, unit, scale } }: JsonField,
  value: string | number | boolean,
  type: string | null,
): unknown {
  const per = { SECOND: 1_000_000n, MILLISECOND: 1000n, MICROSECOND: 1n, NANOSECOND: 1n }[unit ?? ''] ?? 1n;
  switch (name) {
    case 'decimal':
      return type === 'int64' ? String(value) : Number(`${value}e-${scale}`);
    case 'date':
      return unit === 'DAY' ? value : Math.floor(Number(value) / 86_400_000);
    case 'timestamp': {
      const micros = BigInt(String(value)) * per;
      if (BigInt.asIntN(64, micros) !== micros) return null;
      return String(unit === 'NANOSECOND' ? (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n : micros);
    }
    case 'time': {
      const nanos = BigInt(String(value)) * per * (unit === 'NANOSECOND' ? 1n : 1000n);
      const clock = [
        nanos / 3_600_000_000_000n,
        (nanos / 60_000_000_000n) % 60n,
        (nanos / 1_000_000_000n) % 60n,
      ];
      const rest = String(nanos % 1_000_000_000n).padStart(9, '0');
      const fraction = rest.replace(/(000)+$/, '');
      return (
        clock.map((part) => String(part).padStart(2, '0')).join(':') + (fraction === '' ? '' : `.${fraction}`)
      );
    }
    case 'binary':
    case 'largebinary':
      return Buffer.from(String(value), 'hex').toString();
    case 'floatingpoint':
      return type === 'float32' ? Math.fround(Number(value)) : value;
    default:
      return type === 'int64' ? String(value) : value;
  }
}

function comparable(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
