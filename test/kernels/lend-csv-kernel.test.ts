import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultParse, type ReadColumn } from '../../src/chunk/read-plan.js';
import type { CsvKernel, KernelDialect } from '../../src/kernels/csv-kernel.js';
import { lendCsvKernel } from '../../src/kernels/lend-csv-kernel.js';

const dialect: KernelDialect = {
  delimiter: 44,
  quote: 34,
  escape: 0,
  comment: 0,
  fields: 1,
  maxRowBytes: 1000,
};

function textColumn(categories: readonly string[]): ReadColumn {
  const [type, layout] = ['string', 'dictionary'] as const;
  return { name: 'c', source: 0, type, layout, categories, nullValues: [], parse: defaultParse };
}

/** Returns the texts of a column of one cell in each row. */
function read(kernel: CsvKernel, text: string): (string | undefined)[] {
  const bytes = Buffer.from(text);
  kernel.input(bytes.length).set(bytes);
  kernel.scan(0, bytes.length);
  const { column } = kernel.parse()[0]!;
  assert(column.type === 'string' && column.layout === 'dictionary');
  return [...column.codes].map((code) => column.dictionary[code]);
}

test('a kernel that is given back is lent for the same dialect and columns, without what it has read', async () => {
  const first = await lendCsvKernel(dialect, [textColumn(['a', 'b'])]);
  assert.deepEqual(read(first.kernel, 'a\nnew\nb\n'), ['a', 'new', 'b']);
  first.giveBack();
  const other = await lendCsvKernel(dialect, [textColumn(['a'])]);
  assert.notEqual(other.kernel, first.kernel);
  const again = await lendCsvKernel({ ...dialect }, [textColumn(['a', 'b'])]);
  assert.equal(again.kernel, first.kernel);
  assert.deepEqual(read(again.kernel, 'newer\nb\n'), ['newer', 'b']);
});

test('a kernel in use is lent to nobody else, and one that was given back twice is lent once', async () => {
  const columns = [textColumn(['once'])];
  const first = await lendCsvKernel(dialect, columns);
  const second = await lendCsvKernel(dialect, columns);
  assert.notEqual(second.kernel, first.kernel);
  first.giveBack();
  first.giveBack();
  const third = await lendCsvKernel(dialect, columns);
  const fourth = await lendCsvKernel(dialect, columns);
  assert.equal(third.kernel, first.kernel);
  assert.notEqual(fourth.kernel, first.kernel);
});

test('the memory of a large file is not kept', async () => {
  const columns = [textColumn(['large'])];
  const first = await lendCsvKernel(dialect, columns);
  first.kernel.input(4 * 2 ** 20);
  first.giveBack();
  assert.notEqual((await lendCsvKernel(dialect, columns)).kernel, first.kernel);
});
