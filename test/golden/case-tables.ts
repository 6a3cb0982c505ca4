import assert from 'node:assert/strict';
import { fromFloat16, toFloat16 } from '../../src/text/float16.js';
import type { Case, CaseTensor } from '../model/cases.js';

/** A column of the input as text, null where it is missing. */
export interface TextColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly cells: readonly (string | null)[];
}

/** Returns the tensors of a case as columns, with the keys of the job that pack them again. */
export function tableOf(
  { inputs }: Case,
  { format, names: named }: { readonly format: 'csv' | 'parquet'; readonly names?: readonly string[] },
): {
  columns: readonly TextColumn[];
  packed: Record<string, readonly string[]>;
  constants: Record<string, unknown>;
} {
  const tensors = Object.entries(inputs!);
  const rows = tensors.find(([, { dims }]) => dims.length > 0)![1].dims[0]!;
  const columns: TextColumn[] = [];
  const packed: Record<string, readonly string[]> = {};
  const constants: Record<string, unknown> = {};
  for (const [input, { type, dims, data }] of tensors) {
    const texts = data.map(String);
    const width = data.length / rows;
    if (dims[0] !== rows) constants[input] = dims.length === 0 ? data[0] : data;
    else if (width > 12 && format === 'parquet') {
      const cells = Array.from(
        { length: rows },
        (_, row) => `[${texts.slice(row * width, (row + 1) * width)}]`,
      );
      columns.push({ name: input, sqlType: 'FLOAT[]', cells });
    } else {
      const names =
        named ?? (width === 1 ? [input] : Array.from({ length: width }, (_, i) => `${input}_${i}`));
      if (width > 1) packed[input] = names;
      for (const [i, name] of names.entries()) {
        const cells = Array.from({ length: rows }, (_, row) => texts[row * width + i]!);
        columns.push({ name, sqlType: sqlTypes[type] ?? 'BIGINT', cells: cells.map(missing) });
      }
    }
  }
  return { columns, packed, constants };
}

/** Fails unless a row of scores is Python's: floats within their precision, everything else exactly. */
export function assertRow(
  found: readonly unknown[],
  expected: readonly (number | string | boolean)[],
  { type }: CaseTensor,
  what: string,
): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, wanted] of expected.entries()) {
    if (!type.startsWith('float')) {
      // Booleans are 0 and 1, both in the case and in the file.
      const plain = type === 'bool' ? Number(wanted) : wanted;
      assert.equal(String(type === 'bool' ? Number(found[i]) : found[i]), String(plain), what);
      continue;
    }
    const [ours, python] = [Number(found[i]), Number(wanted)];
    // The cases show half floats with four digits: ours must be the half float that these mean.
    const wantedHalf = type === 'float16' ? fromFloat16(toFloat16(python)) : null;
    const isSame =
      wantedHalf === null
        ? Object.is(ours, python) || Math.abs(ours - python) <= 1e-6 * Math.max(1, Math.abs(python))
        : Object.is(ours, wantedHalf);
    assert.ok(isSame, `${what}: ${ours} is not ${python}`);
  }
}

const sqlTypes: Readonly<Record<string, string>> = {
  float32: 'FLOAT',
  float64: 'DOUBLE',
  float16: 'FLOAT',
  bool: 'BOOLEAN',
  string: 'VARCHAR',
};

function missing(text: string): string | null {
  return text === 'NaN' ? null : text;
}

/** Returns the columns as a CSV file. */
export function csvText(columns: readonly TextColumn[]): string {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns.map(({ name }) => quoted(name)).join(',')];
  for (let row = 0; row < columns[0]!.cells.length; row++)
    lines.push(columns.map(({ cells }) => quoted(cells[row] ?? '')).join(','));
  return `${lines.join('\n')}\n`;
}
