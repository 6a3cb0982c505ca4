import * as z from 'zod';
import { ageGate, figureGate, limitGate, oneOf, text, withError } from './values.js';

const scoreGates = z.strictObject({
  max_nan: limitGate
    .default(null)
    .meta({ description: 'Gate on answers that are not numbers.', examples: [0] }),
  max_infinite: limitGate.default(null).meta({ description: 'Gate on infinite scores.', examples: [0] }),
  max_outside: limitGate.default(null).meta({
    description: 'Gate on scores outside the range of `model.outputs`.',
    examples: ['0.1%'],
  }),
  min_mean: figureGate
    .default(null)
    .meta({ description: 'Gate on the minimum of the mean.', examples: [0.05] }),
  max_mean: figureGate
    .default(null)
    .meta({ description: 'Gate on the maximum of the mean.', examples: [0.4] }),
  constant: oneOf(['ignore', 'warn', 'fail'])
    .default('warn')
    .meta({
      description: 'What to do if every row of a partition has the same score.',
      examples: ['fail'],
    }),
  max_drift: figureGate.optional().meta({
    description: 'Gate on the score’s drift (PSI), instead of the job’s.',
    examples: [0.2],
  }),
});

const maxAge = z.strictObject({
  input: ageGate.default(null).meta({
    description: 'Gate on the time since the oldest input was modified.',
    examples: ['26h'],
  }),
  baseline: ageGate.default(null).meta({
    description: 'Gate on the time since the baseline was created.',
    examples: [{ warn: '90d' }],
  }),
  model: ageGate.default(null).meta({
    description: 'Gate on the time since the model file was modified.',
    examples: [{ warn: '180d' }],
  }),
});

export const quality = z.strictObject({
  max_rejected: limitGate.default('1%').meta({ description: 'Gate on rejected rows.', examples: ['0.5%'] }),
  max_repaired: limitGate.default(null).meta({ description: 'Gate on repaired rows.', examples: ['20%'] }),
  max_flagged: limitGate.default({ warn: '20%' }).meta({
    description: 'Gate on flagged rows; null: no limit.',
    examples: [{ warn: '5%', fail: '20%' }],
  }),
  max_problems: limitGate.default({ warn: '5%' }).meta({
    description:
      'Gate on each kind of problem in each column: values that are unknown, out of range, unreadable and the like, and rows with a damaged structure. Missing values and certain repairs do not count. null: no limit.',
    examples: [{ warn: '1%', fail: '10%' }],
  }),
  max_repeated: limitGate.default({ warn: '1%' }).meta({
    description: 'Gate on rows whose key is missing or not unique; null: no limit.',
    examples: ['0%'],
  }),
  min_rows: figureGate
    .default(null)
    .meta({ description: 'Gate on the minimum number of rows of the run.', examples: [1000] }),
  max_rows: figureGate
    .default(null)
    .meta({ description: 'Gate on the maximum number of rows of the run.', examples: [2000000] }),
  max_row_change: limitGate.default(null).meta({
    description: 'Gate on the change in the number of rows since the last published run.',
    examples: ['50%'],
  }),
  empty_features: oneOf(['fail', 'warn', 'ignore'])
    .default('fail')
    .meta({
      description:
        'What to do if a feature is unreadable, infinite, missing or NaN in every row of a partition. A column that sets `missing` or its own `max_null` may be missing throughout.',
      examples: ['warn'],
    }),
  max_null: limitGate.default({ warn: '30%' }).meta({
    description:
      'Gate on the missing values of each feature, in a run of 100 rows or more. Not for columns that the baseline has, that set `missing` or their own `max_null`. null: no limit.',
    examples: [{ warn: '60%' }],
  }),
  constant_features: oneOf(['warn', 'fail', 'ignore'])
    .default('warn')
    .meta({
      description:
        'What to do if a feature has one value in every row of a run of 1,000 rows or more. Not for columns that the baseline has or that set `max_drift: null`, for dates and timestamps, for values in folder names, `--date` and `--set`, nor for 0, 1, true and false unless `range` or `categories` allow others.',
      examples: ['ignore'],
    }),
  max_age: maxAge.prefault({}).meta({
    description:
      'Gates on the age of the input, the baseline and the model; a single duration is the failing side.',
  }),
  repeated_input: oneOf(['warn', 'fail', 'ignore'])
    .default('warn')
    .meta({
      description:
        'What to do if an input has the same content as one of the job’s runs for another date, or as another input of the run.',
      examples: ['fail'],
    }),
  truncated: oneOf(['warn', 'fail', 'ignore'])
    .default('warn')
    .meta({
      description: 'What to do if a CSV file ends in the middle of a row: its transfer may be incomplete.',
      examples: ['fail'],
    }),
  baseline: text
    .nullable()
    .default(null)
    .meta({
      description: 'The file written by `nightshift profile`, used for drift and fill values; also in S3.',
      examples: ['flight-delay.baseline.json'],
    }),
  max_drift: figureGate.default({ warn: 0.25 }).meta({
    description: 'Gate on drift from the baseline (PSI), of every column and score.',
    examples: [{ warn: 0.1, fail: 0.25 }],
  }),
  slices: z
    .array(text, withError('must be a list of columns and conditions'))
    .max(20, withError('must be at most 20 slices'))
    .default([])
    .meta({
      description:
        'Segments of the rows that are counted and compared with the baseline separately: by the values of a column, or by a condition (written like a rule). At most 20 in all; for a column, its most frequent values, and all others together.',
      examples: [['carrier', 'distance > 1000']],
    }),
  scores: z
    .record(text, scoreGates)
    .default({})
    .meta({ description: 'Gates on single output columns.', examples: [{ score: { max_nan: 0 } }] }),
});
