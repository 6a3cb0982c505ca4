import * as z from 'zod';
import { nestedScalars, number, oneOf, range, scalar, text, whole, withError } from './values.js';

const modelInput = z.union(
  [
    text,
    z
      .array(
        z.union(
          [text, z.strictObject({ one_hot: text })],
          withError('must be a column, or { one_hot: column }'),
        ),
      )
      .min(1, withError('must not be empty')),
  ],
  withError('must be a column, or a list of columns and { one_hot: column }'),
);
const calibration = z.union(
  [
    z.strictObject({ platt: z.tuple([number, number]) }),
    z.strictObject({ table: z.array(z.tuple([number, number])) }),
  ],
  withError('must be { platt: [a, b] } or { table: [[score, calibrated], ...] }'),
);
const ranking = (what: string) =>
  oneOf(['partition', 'run'])
    .nullable()
    .default(null)
    .meta({ description: what, examples: ['partition'] });
const threshold = z.union(
  [number, z.strictObject({ at: number, yes: text, no: text })],
  withError('must be a number, or { at: number, yes: label, no: label }'),
);

export const model = z.strictObject({
  path: text.meta({
    description:
      'The model: ONNX, the folder of an MLflow model, LightGBM’s text (`model.txt`) or JSON, or XGBoost’s JSON or UBJSON; also in S3 (`s3://bucket/key`).',
    examples: ['../data-samples/models/flight-delay.onnx'],
  }),
  sha256: z
    .string(withError('must be the 64 hex digits of a SHA-256'))
    .regex(/^[0-9a-fA-F]{64}$/, withError('must be the 64 hex digits of a SHA-256'))
    .nullable()
    .default(null)
    .meta({ description: 'Pins the model: a file with another hash is refused.' }),
  challengers: z
    .array(text, withError('must be a list of model files'))
    .max(8, withError('must name at most 8 models'))
    .default([])
    .meta({
      description:
        'Models that score every row beside this one, to be compared with it: only this one’s scores are published, and a challenger that fails never fails the run.',
      examples: [['../data-samples/models/flight-delay-trees.onnx']],
    }),
  compare_with: text
    .nullable()
    .default(null)
    .meta({
      description:
        'The same model in another file; only `check` reads it. If one of the two is an ONNX export and the other the LightGBM or XGBoost file that it was made from, `check` scores a sample of the rows with both.',
      examples: ['model.txt'],
    }),
  inputs: z
    .record(text, modelInput)
    .default({})
    .meta({
      description:
        'The columns that feed each input of the model; inputs not listed are matched by name. A list packs columns into one matrix in that order.',
      examples: [{ input: ['month', 'day', { one_hot: 'origin' }] }],
    }),
  outputs: z
    .record(
      text,
      z.strictObject({
        from: text.meta({ description: 'The model’s output.', examples: ['probabilities'] }),
        class: z
          .union([z.string(), z.int()], withError('must be the label or the index of a class'))
          .nullable()
          .default(null)
          .meta({
            description: 'One class of the output, by its label or its index; the whole output if omitted.',
            examples: [1],
          }),
        range: range
          .nullable()
          .default(null)
          .meta({
            description: 'The valid range; scores outside are flagged as `model-out-of-range`.',
            examples: [[0, 1]],
          }),
        calibration: calibration
          .nullable()
          .default(null)
          .meta({
            description:
              'Turns the score into a calibrated one, in float64: `platt`, the two numbers of 1 / (1 + exp(a * score + b)), or `table`, points of a monotone curve with straight lines between them.',
            examples: [{ platt: [-1.7, 0.4] }],
          }),
        round: whole(0, 15)
          .nullable()
          .default(null)
          .meta({ description: 'Decimal places to round the score to, after calibration.', examples: [3] }),
        threshold: threshold
          .nullable()
          .default(null)
          .meta({
            description:
              'Adds a column `<name>_decision`: true where the score, as it is written, is at or above the threshold; `{ at, yes, no }` writes labels instead.',
            examples: [0.5],
          }),
        bands: z
          .record(text, number.nullable(), withError('must be a mapping of names to upper ends'))
          .nullable()
          .default(null)
          .meta({
            description:
              'Adds a column `<name>_band`: the name of the lowest band whose upper end the score does not exceed; null: no end. A score beyond all of them is flagged as `score-beyond-bands`.',
            examples: [{ low: 0.2, high: 1 }],
          }),
        rank: ranking(
          'Adds a column `<name>_rank`: the rank of the score among the rows of its partition, 1 for the highest; equal scores share the smallest. Scores the partition twice. `run` is refused.',
        ),
        decile: ranking(
          'Adds a column `<name>_decile`: the tenth of its partition that the rank is in, 1 for the highest scores, 10 for the lowest. `run` is refused.',
        ),
      }),
    )
    .default({})
    .meta({
      description: 'The columns to write and where each comes from; every output of the model if omitted.',
      examples: [{ score: { from: 'probabilities', class: 1, range: [0, 1] } }],
    }),
  constants: z
    .record(text, z.union([scalar, nestedScalars], withError('must be a value or a list of values')))
    .default({})
    .meta({
      description:
        'Inputs of the model that are the same for every row. A matrix is a list of values row by row, or a list of lists of its shape.',
      examples: [{ threshold: 0.5 }],
    }),
  rewrite: oneOf(['auto', 'off'])
    .default('auto')
    .meta({
      description:
        'Whether the graph may be rewritten into a faster one, after a proof that its answers are equal.',
      examples: ['off'],
    }),
  rounds: z
    .union(
      [z.enum(['auto', 'all']), whole(1, 1_000_000)],
      withError('must be auto, all or a number of rounds'),
    )
    .default('auto')
    .meta({
      description:
        'The rounds of training of a LightGBM or XGBoost file to score: as many as the trainer’s own `predict` (`auto`: scikit-learn’s classes of XGBoost stop at `best_iteration`), all of them, or the first few.',
      examples: [120],
    }),
});
