// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as a job file writes them
import * as z from 'zod';
import { oneOf, text, whole, withError } from './values.js';

const reasons = z.strictObject({
  top: whole(1, 100)
    .default(3)
    .meta({ description: 'The number of features listed for each row.', examples: [5] }),
  when: text
    .nullable()
    .default(null)
    .meta({
      description:
        'An expression over the columns of the contract and of the scores (written like a rule) that is true for the rows that get reasons; every row if omitted.',
      examples: ['score >= 0.8'],
    }),
  class: z
    .union([z.string(), z.int()], withError('must be the label or the index of a class'))
    .nullable()
    .default(null)
    .meta({
      description: 'The class or target whose raw score is explained, for a model that has several.',
      examples: [2],
    }),
});

export const output = z.strictObject({
  path: text.meta({
    description:
      'The run folder; also in S3 (`s3://bucket/prefix`). Each run needs its own, so the path usually contains `${date}`. `-` writes the scored rows to standard output and keeps nothing else.',
    examples: ['../scored/${job}/date=${date}'],
  }),
  format: oneOf(['parquet', 'csv', 'jsonl', 'arrow'])
    .default('parquet')
    .meta({ description: 'The format of the scored files.', examples: ['csv'] }),
  columns: z
    .array(text, withError('must be a list of columns'))
    .default([])
    .meta({
      description: 'Input columns to copy to the output.',
      examples: [['flight_id', 'carrier']],
    }),
  formulas: oneOf(['keep', 'neutralise'])
    .default('keep')
    .meta({
      description:
        'CSV only: keep cells that a spreadsheet would run as formulas, or prefix them with an apostrophe.',
      examples: ['neutralise'],
    }),
  reasons: reasons.nullable().default(null).meta({
    description:
      'For each row, the features that moved its raw score most, as columns (docs/models.md). Only for files of LightGBM and XGBoost, and for linear models.',
  }),
});
