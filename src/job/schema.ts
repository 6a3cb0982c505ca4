// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as a job file writes them
import * as z from 'zod';
import { columnTypes } from '../chunk/column.js';
import { durationPattern } from './duration.js';
import { percentPattern } from './limit.js';
import { sizePattern } from './size.js';
import { timeOfDayPattern } from './time-of-day.js';

const withError = (error: string) => ({ error: () => error });

const text = z.string(withError('must be text')).min(1, withError('must not be empty'));
const flag = z.boolean(withError('must be true or false'));
const sizeError = withError('must be a size such as 4MiB, or a number of bytes');
const size = z.union([z.int().min(1, sizeError), z.string().regex(sizePattern, sizeError)], sizeError);
const duration = z
  .string(withError('must be a duration such as 30m or 2h'))
  .regex(durationPattern, withError('must be a duration such as 30m or 2h'));
const scalar = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean()],
  withError('must be a text, a number, true or false'),
);
/** Nested lists in the shape of a tensor, at most four axes. */
const axis = z.array(scalar);
const nestedScalars = z.array(
  z.union([scalar, z.array(z.union([scalar, z.array(z.union([scalar, axis]))]))]),
);
const value = z.union([scalar, z.array(z.number())], withError('must be one value'));
/** Any scalar, read as the text in the file: `[-999, NA, null]` needs no quotes. */
const word = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean(), z.null()],
  withError('must be a text'),
);
const words = z.array(word, withError('must be a list of texts'));

function whole(low: number, high: number) {
  const error = withError(`must be a whole number from ${low} to ${high}`);
  return z.int(error).min(low, error).max(high, error);
}

function autoOrWhole(low: number, high: number) {
  const error = withError(`must be auto or a whole number from ${low} to ${high}`);
  return z.union([z.literal('auto'), z.int().min(low, error).max(high, error)], error);
}

function oneOf<const Words extends readonly string[]>(choices: Words) {
  return z.enum(choices, withError(`must be ${listed(choices)}`));
}

function listed(choices: readonly string[]): string {
  return choices.length === 1
    ? choices[0]!
    : `${choices.slice(0, -1).join(', ')} or ${choices[choices.length - 1]}`;
}

/** A word, or a replacement value; `as` is another way to write `fill`. */
function policy<const Words extends readonly string[]>(choices: Words) {
  return z.union(
    [z.enum(choices), z.strictObject({ fill: value }), z.strictObject({ as: value })],
    withError(`must be ${choices.join(', ')} or { fill: value }`),
  );
}

const limitError = withError('must be a share such as 1%, or a whole number of rows');
const limit = z.union([z.int().min(0, limitError), z.string().regex(percentPattern, limitError)], limitError);
const limitGate = z
  .union(
    [limit, z.strictObject({ warn: limit.nullable().optional(), fail: limit.nullable().optional() })],
    withError('must be a share such as 1%, a whole number of rows, or { warn: ..., fail: ... } of those'),
  )
  .nullable();
const figure = z.number(withError('must be a number'));
const figureGate = z
  .union(
    [figure, z.strictObject({ warn: figure.nullable().optional(), fail: figure.nullable().optional() })],
    withError('must be a number, or { warn: number, fail: number }'),
  )
  .nullable();

const ageGate = z
  .union(
    [
      duration,
      z.strictObject({ warn: duration.nullable().optional(), fail: duration.nullable().optional() }),
    ],
    withError('must be a duration such as 26h or 90d, or { warn: ..., fail: ... } of those'),
  )
  .nullable();

const bound = z.union(
  [z.number(), z.bigint(), z.string(), z.null()],
  withError('must be a number, a date in quotes, or null for no bound'),
);
const range = z.tuple([bound, bound], withError('must be [low, high]'));

const headerError = withError('must be auto, true, false or the number of header rows (to 16)');
const skipError = withError('must be auto or a number of lines');

const csv = z.strictObject({
  delimiter: text.default('auto').meta({
    description:
      'The cell separator: one or more characters, or `tab`, `comma`, `semicolon`, `pipe`, `space`.',
    examples: [';'],
  }),
  quote: text.default('auto').meta({
    description:
      'The character around cells that contain delimiters or line ends, also as `double` or `single`; `none`: no quoting.',
    examples: ['"'],
  }),
  escape: text.default('auto').meta({
    description:
      'How a quote is escaped inside a quoted cell: `doubled` (the quote itself), `backslash`, another character, or `none`. `backslash` reads the file as MySQL writes it: `\\N` alone is missing, `\\n`, `\\t`, `\\r`, `\\b`, `\\0` and `\\Z` are characters, and one before a delimiter, a quote, a line end or another sign makes that plain, within quotes and without.',
    examples: ['\\'],
  }),
  encoding: text.default('auto').meta({
    description:
      'The encoding by its IANA name or another usual one: `utf-8`, `utf-16le`, `windows-1250`, `iso-8859-15`, `koi8-r`, `macintosh`, `cp850`, `shift_jis`, `gbk` and the like.',
    examples: ['windows-1252'],
  }),
  header: z
    .union([z.literal('auto'), z.boolean(), z.int().min(0, headerError).max(16, headerError)], headerError)
    .default('auto')
    .meta({
      description: 'Whether the first rows are a header, and how many rows it has.',
      examples: [true],
    }),
  skip_lines: z
    .union([z.literal('auto'), z.int().min(0, skipError)], skipError)
    .default('auto')
    .meta({ description: 'Number of lines before the header.', examples: [2] }),
  comment: text.default('auto').meta({
    description: 'The prefix of comment lines; `none`: no comments.',
    examples: ['#'],
  }),
  tables: oneOf(['auto', 'first', 'refuse', 'one'])
    .default('auto')
    .meta({
      description:
        'What to do with lines that are no rows of the first table: leave them out and say so in a finding to look at (`auto`), or in a note since the job knows of them (`first`), refuse the file (`refuse`), or read every line below the header as a row (`one`).',
      examples: ['refuse'],
    }),
  null_values: words.default(['', 'NA', 'N/A', 'null', 'NULL', 'NaN']).meta({
    description:
      'Texts of a CSV file that mean a missing value, in every column without its own `null_values`. Parquet and Arrow have nulls, so their texts are never missing.',
    examples: [['', '-', 'missing']],
  }),
  dialect: oneOf(['shared', 'per_file'])
    .default('shared')
    .meta({
      description:
        '`shared`: a file with an ambiguous dialect is read like the first file of the job; `per_file`: each file is detected alone. A file with a clearly different dialect is always read in its own.',
      examples: ['per_file'],
    }),
  max_row_bytes: size.default('2MiB').meta({
    description:
      'The longest row that is read, of JSON Lines too; a longer one is rejected (`row-too-long`).',
    examples: ['16MiB'],
  }),
  max_field_bytes: size
    .nullable()
    .default(null)
    .meta({ description: 'The longest cell that is read; as long as a row when null.', examples: ['64KiB'] }),
});

const input = z.strictObject({
  path: z
    .union(
      [text, z.array(text).min(1, withError('must not be empty'))],
      withError('must be a file, a glob, a folder, or a list of those'),
    )
    .meta({
      description:
        'What to score: a file, a glob, a folder with everything below it, or a list of those. Relative paths start at the job file’s folder. `-` is standard input.',
      examples: ['../data-samples/flights/${date}*.csv'],
    }),
  format: oneOf(['auto', 'csv', 'jsonl', 'parquet', 'arrow'])
    .default('auto')
    .meta({ description: 'The format of the files; `auto` looks at each.', examples: ['csv'] }),
  csv: csv.prefault({}).meta({
    description: 'The dialect of CSV files; `auto` detects it.',
  }),
  on_empty: oneOf(['skip', 'fail', 'succeed'])
    .default('skip')
    .meta({
      description: 'What to do without input: skip (exit code 99), fail (2) or succeed (0).',
      examples: ['fail'],
    }),
  split: size
    .nullable()
    .default(null)
    .meta({
      description:
        'Splits each uncompressed file that is larger into partitions of about this size, which shards and workers score side by side. Finding the rows of a part of a CSV or JSON Lines file reads the bytes before it.',
      examples: ['512MiB'],
    }),
});

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

const number = z.number(withError('must be a number'));
const calibration = z.union(
  [
    z.strictObject({ platt: z.tuple([number, number]) }),
    z.strictObject({ table: z.array(z.tuple([number, number])) }),
  ],
  withError('must be { platt: [a, b] } or { table: [[score, calibrated], ...] }'),
);
const threshold = z.union(
  [number, z.strictObject({ at: number, yes: text, no: text })],
  withError('must be a number, or { at: number, yes: label, no: label }'),
);

const model = z.strictObject({
  path: text.meta({
    description:
      'The model: ONNX, the folder of an MLflow model, LightGBM’s text (`model.txt`) or JSON, or XGBoost’s JSON or UBJSON.',
    examples: ['../data-samples/models/flight-delay.onnx'],
  }),
  sha256: z
    .string(withError('must be the 64 hex digits of a SHA-256'))
    .regex(/^[0-9a-fA-F]{64}$/, withError('must be the 64 hex digits of a SHA-256'))
    .nullable()
    .default(null)
    .meta({ description: 'Pins the model: a file with another hash is refused.' }),
  inputs: z
    .record(text, modelInput)
    .default({})
    .meta({
      description:
        'Which columns feed which input of the model; inputs not listed are matched by name. A list packs columns into one matrix in that order.',
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
        'How many rounds of training of a LightGBM or XGBoost file are scored: as the trainer’s own `predict` (`auto`: scikit-learn’s classes of XGBoost stop at `best_iteration`), all of them, or the first few.',
      examples: [120],
    }),
});

const column = z.strictObject({
  type: oneOf(columnTypes)
    .optional()
    .meta({
      description: 'The type of the values; if omitted, the type of the model’s input, else string.',
      examples: ['float32'],
    }),
  source: z
    .string(withError('must be text'))
    .optional()
    .meta({
      description:
        'The column’s name in the file if it differs; "" for a column without a name. Names match exactly, else ignoring case and surrounding blanks, with a note.',
      examples: ['Carrier Code'],
    }),
  key: flag.default(false).meta({ description: 'Whether the column identifies a row.', examples: [true] }),
  missing: z
    .union(
      [
        z.enum(['pass', 'flag', 'reject']),
        z.strictObject({ fill: value, from: z.literal('baseline').optional() }),
        z.strictObject({ as: value }),
      ],
      withError('must be pass, flag, reject, { fill: value } or { fill: mean | median | mode }'),
    )
    .default('pass')
    .meta({
      description:
        'What to do with a missing value: pass it to the model (if the type cannot hold it, the row is rejected), flag, reject, or fill it; `mean`, `median` and `mode` come from the baseline (for strings only with `from: baseline`).',
      examples: [{ fill: 0 }],
    }),
  unreadable: policy(['flag', 'reject'])
    .default('flag')
    .meta({
      description: 'What to do with text that is not a value of the type; a flagged value becomes missing.',
      examples: ['reject'],
    }),
  range: range
    .nullable()
    .default(null)
    .meta({
      description: 'The lowest and the highest value allowed; null: no bound. Quote dates.',
      examples: [[-120, 2000]],
    }),
  // An unquoted null means the word "null".
  outside: z
    .union(
      [policy(['flag', 'clamp', 'null', 'reject']), z.null()],
      withError('must be flag, clamp, null, reject or { fill: value }'),
    )
    .default('flag')
    .meta({ description: 'What becomes of a value outside the range.', examples: ['clamp'] }),
  categories: z
    .union(
      [z.array(word).min(1, withError('must not be empty')), z.enum(['model', 'baseline'])],
      withError('must be a list of texts, model or baseline'),
    )
    .nullable()
    .default(null)
    .meta({
      description: 'The allowed texts: a list, or those of the model’s encoder or of the baseline.',
      examples: [['AA', 'B6', 'DL']],
    }),
  unknown: policy(['flag', 'reject'])
    .default('flag')
    .meta({
      description:
        'What to do with a text that is not a category; a flagged one goes to the model unchanged.',
      examples: [{ as: 'OTHER' }],
    }),
  aliases: z
    .record(text, words)
    .default({})
    .meta({ description: 'Other ways to write a value.', examples: [{ US: ['USA', 'U.S.'] }] }),
  match: z
    .array(oneOf(['trim', 'case', 'nfc']), withError('must be a list of trim, case and nfc'))
    .default(['trim'])
    .meta({
      description:
        'What to ignore when a text is compared with categories and aliases: surrounding blanks, case, Unicode form.',
      examples: [['trim', 'case']],
    }),
  absent: z
    .union(
      [z.enum(['fail', 'missing']), z.strictObject({ fill: value }), z.strictObject({ as: value })],
      withError('must be fail, missing or { fill: value }'),
    )
    .default('fail')
    .meta({
      description:
        'What to do if a file lacks the column: fail the partition, treat every value as missing, or fill it.',
      examples: ['missing'],
    }),
  null_values: words.optional().meta({
    description:
      'Texts that mean a missing value in this column, instead of those of `input.csv`; in Parquet and Arrow too.',
    examples: [['', 'unknown']],
  }),
  sentinels: z
    .array(scalar, withError('must be a list of values'))
    .default([])
    .meta({ description: 'Values that mean a missing one.', examples: [[-999, 9999]] }),
  decimal: oneOf(['auto', '.', ','])
    .default('auto')
    .meta({
      description: 'The decimal mark of numbers in text; `auto` decides once for the column from a sample.',
      examples: [','],
    }),
  layouts: z
    .array(text, withError('must be a list of layouts such as dd/MM/yyyy'))
    .default([])
    .meta({
      description:
        'Layouts of dates and timestamps, tried in order; ISO 8601 if the list is empty. `yy` is a year from 1969 to 2068.',
      examples: [['dd/MM/yyyy']],
    }),
  zone: text.default('UTC').meta({
    description:
      'The IANA time zone of timestamps without one; a local time that a clock change skips or repeats is flagged.',
    examples: ['America/New_York'],
  }),
  true_values: words.optional().meta({
    description: 'Texts read as true, case-insensitive; true, t, yes, y and 1 if omitted.',
    examples: [['ja', 'wahr']],
  }),
  false_values: words.optional().meta({
    description: 'Texts read as false, case-insensitive; false, f, no, n and 0 if omitted.',
    examples: [['nein', 'falsch']],
  }),
  pattern: text
    .nullable()
    .default(null)
    .meta({
      description: 'A regular expression that the whole text must match.',
      examples: ['[A-Z]{2}[0-9]+'],
    }),
  min_length: whole(0, 2 ** 31 - 1)
    .nullable()
    .default(null)
    .meta({
      description: 'The minimum length in characters.',
      examples: [2],
    }),
  max_length: whole(0, 2 ** 31 - 1)
    .nullable()
    .default(null)
    .meta({
      description: 'The maximum length in characters.',
      examples: [40],
    }),
  disallowed: z
    .union([oneOf(['flag', 'null', 'reject']), z.null()], withError('must be flag, null or reject'))
    .default('flag')
    .meta({ description: 'What becomes of a text that breaks pattern or length.', examples: ['reject'] }),
  infinity: policy(['missing', 'flag', 'reject'])
    .default('missing')
    .meta({
      description:
        'What to do with an infinite number: flag it and make it missing, only flag, reject, or fill it.',
      examples: ['reject'],
    }),
  repeated: oneOf(['flag', 'reject', 'keep_last'])
    .default('flag')
    .meta({ description: 'What becomes of rows whose key occurred before.', examples: ['reject'] }),
  max_problems: limitGate.optional().meta({
    description: 'Gate on each kind of problem in this column, instead of the job’s.',
    examples: [{ warn: '1%', fail: '10%' }],
  }),
  max_null: limitGate.default(null).meta({ description: 'Gate on missing values.', examples: ['5%'] }),
  max_unknown: limitGate
    .default(null)
    .meta({ description: 'Gate on values that are no category.', examples: ['1%'] }),
  max_drift: figureGate.optional().meta({
    description: 'Gate on the column’s drift (PSI), instead of the job’s.',
    examples: [{ warn: 0.1, fail: 0.25 }],
  }),
});

const rule = z.strictObject({
  name: text.meta({
    description: 'The rule’s name, shown in `_problems` as `rule:<name>`.',
    examples: ['too-early'],
  }),
  when: text.meta({
    description: 'An expression over columns that is true for rows with the problem.',
    examples: ['arr_delay < dep_delay - 600'],
  }),
  // biome-ignore lint/suspicious/noThenProperty: the job file's own word, and a text
  then: oneOf(['flag', 'reject']).meta({ description: 'What to do with such a row.', examples: ['flag'] }),
});

const reasons = z.strictObject({
  top: whole(1, 100)
    .default(3)
    .meta({ description: 'How many features of each row.', examples: [5] }),
  when: text
    .nullable()
    .default(null)
    .meta({
      description:
        'An expression over the columns of the contract and of the scores (written like a rule) that is true for rows with reasons; every row if omitted.',
      examples: ['score >= 0.8'],
    }),
  class: z
    .union([z.string(), z.int()], withError('must be the label or the index of a class'))
    .nullable()
    .default(null)
    .meta({
      description: 'The class or target whose raw score is explained, of a model that has several.',
      examples: [2],
    }),
});

const output = z.strictObject({
  path: text.meta({
    description:
      'The run folder. Each run needs its own, so the path usually contains `${date}`. `-` writes the scored rows to standard output and keeps nothing else.',
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
      'For each row, the features that moved its raw score most, as columns (docs/models.md). Only for files of LightGBM and XGBoost.',
  }),
});

const scoreGates = z.strictObject({
  max_nan: limitGate
    .default(null)
    .meta({ description: 'Gate on answers that are no number.', examples: [0] }),
  max_infinite: limitGate.default(null).meta({ description: 'Gate on infinite scores.', examples: [0] }),
  max_outside: limitGate.default(null).meta({
    description: 'Gate on scores outside the range of `model.outputs`.',
    examples: ['0.1%'],
  }),
  min_mean: figureGate.default(null).meta({ description: 'Gate on the lowest mean.', examples: [0.05] }),
  max_mean: figureGate.default(null).meta({ description: 'Gate on the highest mean.', examples: [0.4] }),
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

const quality = z.strictObject({
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
    .meta({ description: 'Gate on the fewest rows of the run.', examples: [1000] }),
  max_rows: figureGate
    .default(null)
    .meta({ description: 'Gate on the most rows of the run.', examples: [2000000] }),
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
      description: 'The file written by `nightshift profile`, used for drift and fill values.',
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
        'Segments of the rows that are counted and compared with the baseline separately: by the values of a column, or by a condition (written like a rule). At most 20 in all; of a column the most frequent values, all others together.',
      examples: [['carrier', 'distance > 1000']],
    }),
  scores: z
    .record(text, scoreGates)
    .default({})
    .meta({ description: 'Gates on single output columns.', examples: [{ score: { max_nan: 0 } }] }),
});

const run = z.strictObject({
  workers: autoOrWhole(1, 1024)
    .default('auto')
    .meta({
      description: 'The number of scoring workers; auto: one per core. The output does not depend on it.',
      examples: [4],
    }),
  chunk_bytes: size.default('4MiB').meta({
    description: 'The amount of input per task of a worker, from 64B to 256MiB.',
    examples: ['1MiB'],
  }),
  batch_rows: autoOrWhole(1, 2 ** 24)
    .default(2048)
    .meta({
      description: 'Rows per call of the model; `auto` measures a few sizes at the start.',
      examples: ['auto'],
    }),
  memory: z
    .union([z.literal('auto'), size], withError('must be auto or a size such as 1GiB'))
    .default('auto')
    .meta({
      description:
        'The memory limit of all processes together; `auto` stays within the container’s limit. Near the limit the run slows down, then stops with exit code 6.',
      examples: ['1GiB'],
    }),
  max_duration: duration
    .nullable()
    .default(null)
    .meta({
      description: 'The longest time a run may take before it stops with exit code 6.',
      examples: ['2h'],
    }),
  finish_by: z
    .string(withError('must be a time in quotes such as "06:00"'))
    .regex(timeOfDayPattern, withError('must be a time in quotes such as "06:00"'))
    .nullable()
    .default(null)
    .meta({
      description:
        'The time of day, on the machine’s clock, by which a run must be done; it warns as soon as that looks doubtful, and stops with exit code 6.',
      examples: ['06:00'],
    }),
  retries: whole(0, 20)
    .default(2)
    .meta({
      description: 'How often a failure that may pass (storage, a dead worker) is retried within a run.',
      examples: [5],
    }),
  threads_per_worker: autoOrWhole(1, 256)
    .default('auto')
    .meta({
      description: 'Threads of the model in each worker.',
      examples: [2],
    }),
  isolation: oneOf(['process', 'thread', 'none'])
    .default('process')
    .meta({
      description:
        'Where the model runs: in separate processes, so that a crashing model cannot end the run; in threads; or in the main process.',
      examples: ['none'],
    }),
});

const address = withError('must be a URL that begins with http:// or https://');

const telemetry = z.strictObject({
  lineage: text
    .nullable()
    .default(null)
    .meta({
      description:
        'Destination of OpenLineage events: a file, to which they are appended as lines, or the URL of an endpoint (the environment variable `OPENLINEAGE_API_KEY` holds its bearer token).',
      examples: ['../lineage.ndjson'],
    }),
  namespace: text.default('nightshift').meta({
    description: 'The namespace of the job in lineage.',
    examples: ['scoring'],
  }),
  webhook: z
    .string(address)
    .regex(/^https?:\/\//i, address)
    .nullable()
    .default(null)
    .meta({
      description:
        'URL that receives a JSON report when a run does not end well; the environment variable `NIGHTSHIFT_WEBHOOK` overrides it, for a secret URL.',
      examples: ['https://alerts.example.com/nightshift'],
    }),
});

/** Schema of the job file with a description of each key; the only source of its checks, its JSON Schema and its documentation. */
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
