import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../../src/chunk/column.js';
import { defaultParse } from '../../../src/chunk/read-plan.js';
import { InvalidError } from '../../../src/errors.js';
import { checkContract } from '../../../src/run/plan/check-contract.js';
import type { ContractOfRun } from '../../../src/run/plan/open-partition.js';
import { contract } from '../../repair/tables.js';

function contractOf(
  layouts: readonly string[],
  redact: readonly string[],
  type: ColumnType = 'date',
): ContractOfRun {
  return {
    columns: [
      {
        contract: contract('born', type, { source: 'Date of birth' }),
        nullValues: { csv: [], typed: [] },
        parse: { ...defaultParse, layouts },
        decimalAuto: true,
        isFeature: false,
        isCarried: false,
        isOnlyCarried: false,
        exact: null,
      },
    ],
    rules: [],
    cannotBeMissing: [],
    limits: [],
    audit: false,
    redact,
    reference: [
      { name: 'Date of birth', type: null, native: 'text', readable: true },
      { name: 'ssn', type: null, native: 'text', readable: true },
    ],
    marks: null,
  };
}

test('a layout by which nothing can be read is refused with the letters that there are', async () => {
  for (const layout of ['YYYY-MM-DD', 'dd/MM/YYYY', 'day.month.year', "yyyy-MM-dd'T'HH:mm:ssT"]) {
    await assert.rejects(checkContract(contractOf([layout], [])), (error: InvalidError) => {
      assert.equal(error.message, `"columns.born.layouts" contains "${layout}", which cannot parse any date`);
      assert.match(error.hint!, /year yyyy, month MM/);
      return error instanceof InvalidError;
    });
  }
});

test('layouts that are used are taken', async () => {
  const layouts = [
    'dd/MM/yyyy',
    'd.M.yy',
    'dd MMM yyyy',
    'MMMM d, yyyy',
    "yyyy-MM-dd'T'HH:mm:ss",
    'yyyyMMdd',
  ];
  await checkContract(contractOf(layouts, []));
  await checkContract(
    contractOf(
      ['yyyy-MM-dd HH:mm:ss.SSS', 'MM/dd/yyyy hh:mm a', 'X', 'yyyy-MM-dd HH:mm xxx'],
      [],
      'timestamp',
    ),
  );
});

test('a name under redact that is no column is refused, since its values would be shown', async () => {
  await assert.rejects(checkContract(contractOf([], ['snn'])), {
    message: '"redact" names "snn", which is not a column of the contract or of the first input',
  });
  await checkContract(contractOf([], ['ssn', 'SSN ', 'born', 'date of birth']));
  await checkContract({ ...contractOf([], ['snn']), reference: [] });
});
