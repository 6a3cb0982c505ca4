// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as a job file writes them
import * as z from 'zod';
import { column, rule } from './schema/contract.js';
import { input } from './schema/input.js';
import { model } from './schema/model.js';
import { output } from './schema/output.js';
import { quality } from './schema/quality.js';
import { run } from './schema/run.js';
import { telemetry } from './schema/telemetry.js';
import { duration, flag, oneOf, text, whole, withError } from './schema/values.js';

/** Schema of the job file; the only source of its checks, its JSON Schema and its documentation. */
export const jobSchema = z.strictObject({
  name: z
    .string(withError('must be text'))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
      withError('must be letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit'),
    )
    .meta({ description: 'The job’s name, `${job}` in paths.', examples: ['flight-delay'] }),
  input: input.meta({ description: 'The input files.' }),
  model: model.meta({ description: 'The model that scores.' }),
  columns: z.record(text, column).default({}).meta({
    description:
      'The data contract, column by column; a column of the model that is not named here is derived from the model.',
  }),
  rules: z
    .array(rule, withError('must be a list of rules'))
    .default([])
    .meta({ description: 'Checks across columns.' }),
  output: output.meta({ description: 'The scored output.' }),
  quality: quality.prefault({}).meta({
    description: 'Quality gates. A gate is a number beyond which the run fails, or `{ warn, fail }`.',
  }),
  run: run.prefault({}).meta({ description: 'How the job runs.' }),
  telemetry: telemetry.prefault({}).meta({ description: 'Lineage and notifications.' }),
  audit: flag.default(false).meta({
    description: 'Whether every repaired cell is also written to `_audit/`, with its old and new value.',
    examples: [true],
  }),
  redact: z
    .array(text, withError('must be a list of columns'))
    .default([])
    .meta({
      description: 'Columns whose values must not appear in rejects, audit, logs and samples.',
      examples: [['ssn']],
    }),
  max_degraded: whole(0, 1_000_000)
    .nullable()
    .default(null)
    .meta({
      description:
        'The number of features that may be absent, all null or constant before a partition is refused; null: any number.',
      examples: [1],
    }),
  identity: oneOf(['auto', 'sha256'])
    .default('auto')
    .meta({
      description: 'How a rerun recognizes an unchanged input: by size and time, or by content.',
      examples: ['sha256'],
    }),
  batch_timeout: duration
    .nullable()
    .default(null)
    .meta({
      description:
        'How long the model may take for one batch before its worker is stopped and the batch tried again.',
      examples: ['1m'],
    }),
});

/** Content of the job file with defaults filled, in its own words. */
export type JobFile = z.output<typeof jobSchema>;
