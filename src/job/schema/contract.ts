import * as z from 'zod';
import { type ColumnType, columnTypes } from '../../chunk/column.js';
import {
  figureGate,
  flag,
  limitGate,
  oneOf,
  policy,
  range,
  scalar,
  text,
  value,
  whole,
  withError,
  word,
  words,
} from './values.js';

const numeric: readonly ColumnType[] = ['int32', 'int64', 'float32', 'float64'];
const floats: readonly ColumnType[] = ['float32', 'float64', 'list<float32>'];
const dates: readonly ColumnType[] = ['date', 'timestamp'];

/** When a key of a column has an effect. */
interface Applies {
  /** The types to which it applies; not checked for columns that get their type from the model. */
  readonly types?: readonly ColumnType[];
  /** It needs one of these keys. */
  readonly needs?: readonly string[];
  /** True if it concerns the text of a file, which a derived column does not have. */
  readonly isRead?: true;
  /** The key that sets its upper limit. */
  readonly notAbove?: string;
}

/** The conditions of the keys of `column`, which `checkColumns` checks. */
export const applies = z.registry<Applies>();

/** Keys that set a policy: a word, or a value to fill in. */
export const policyKeys = ['unreadable', 'outside', 'unknown', 'absent', 'infinity'] as const;

export const column = z.strictObject({
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
    })
    .register(applies, { isRead: true }),
  from: text
    .nullable()
    .default(null)
    .meta({
      description:
        'Computes the column from others of its row, instead of reading it: an expression written like a rule, with a result of any type (docs/contract.md). Columns that it names and that are not under `columns` are read with the type that the expression needs.',
      examples: ['hour(departure)'],
    }),
  map: z
    .record(z.string(), scalar, withError('must be a mapping of texts to values'))
    .nullable()
    .default(null)
    .meta({
      description:
        'Maps the result of `from`, as text (whole numbers in decimal, `true`, `false`), to values; `unknown` decides about all others: a flagged one becomes missing.',
      examples: [{ JFK: 1, LGA: 2 }],
    })
    .register(applies, { needs: ['from'] }),
  key: flag
    .default(false)
    .meta({ description: 'Whether the column identifies a row.', examples: [true] })
    .register(applies, { isRead: true }),
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
    })
    .register(applies, { isRead: true }),
  range: range
    .nullable()
    .default(null)
    .meta({
      description: 'The lowest and the highest value allowed; null: no bound. Quote dates.',
      examples: [[-120, 2000]],
    })
    .register(applies, { types: [...numeric, ...dates] }),
  // An unquoted null means the word "null".
  outside: z
    .union(
      [policy(['flag', 'clamp', 'null', 'reject']), z.null()],
      withError('must be flag, clamp, null, reject or { fill: value }'),
    )
    .default('flag')
    .meta({ description: 'What to do with a value outside the range.', examples: ['clamp'] })
    .register(applies, { needs: ['range'] }),
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
    })
    .register(applies, { types: ['string', 'boolean', ...numeric] }),
  unknown: policy(['flag', 'reject'])
    .default('flag')
    .meta({
      description:
        'What to do with a text that is not a category; a flagged one goes to the model unchanged.',
      examples: [{ as: 'OTHER' }],
    })
    .register(applies, { needs: ['categories', 'map'] }),
  aliases: z
    .record(text, words)
    .default({})
    .meta({ description: 'Other ways to write a value.', examples: [{ US: ['USA', 'U.S.'] }] })
    .register(applies, { types: ['string'] }),
  match: z
    .array(oneOf(['trim', 'case', 'nfc']), withError('must be a list of trim, case and nfc'))
    .default(['trim'])
    .meta({
      description:
        'What to ignore when a text is compared with categories and aliases: surrounding blanks, case, Unicode form.',
      examples: [['trim', 'case']],
    })
    .register(applies, { needs: ['categories', 'aliases'] }),
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
    })
    .register(applies, { isRead: true }),
  null_values: words
    .optional()
    .meta({
      description:
        'Texts that mean a missing value in this column, instead of those of `input.csv`; in Parquet and Arrow too.',
      examples: [['', 'unknown']],
    })
    .register(applies, { isRead: true }),
  sentinels: z
    .array(scalar, withError('must be a list of values'))
    .default([])
    .meta({ description: 'Values that mean a missing value.', examples: [[-999, 9999]] }),
  decimal: oneOf(['auto', '.', ','])
    .default('auto')
    .meta({
      description: 'The decimal mark of numbers in text; `auto` decides once for the column from a sample.',
      examples: [','],
    })
    .register(applies, { types: numeric, isRead: true }),
  layouts: z
    .array(text, withError('must be a list of layouts such as dd/MM/yyyy'))
    .default([])
    .meta({
      description:
        'Layouts of dates and timestamps, tried in order; ISO 8601 if the list is empty. `yy` is a year from 1969 to 2068.',
      examples: [['dd/MM/yyyy']],
    })
    .register(applies, { types: dates, isRead: true }),
  zone: text
    .default('UTC')
    .meta({
      description:
        'The IANA time zone of timestamps without one; a local time that a clock change skips or repeats is flagged.',
      examples: ['America/New_York'],
    })
    .register(applies, { types: ['timestamp'], isRead: true }),
  true_values: words
    .optional()
    .meta({
      description: 'Texts read as true, case-insensitive; true, t, yes, y and 1 if omitted.',
      examples: [['ja', 'wahr']],
    })
    .register(applies, { types: ['boolean'], isRead: true }),
  false_values: words
    .optional()
    .meta({
      description: 'Texts read as false, case-insensitive; false, f, no, n and 0 if omitted.',
      examples: [['nein', 'falsch']],
    })
    .register(applies, { types: ['boolean'], isRead: true }),
  pattern: text
    .nullable()
    .default(null)
    .meta({
      description: 'A regular expression that the whole text must match.',
      examples: ['[A-Z]{2}[0-9]+'],
    })
    .register(applies, { types: ['string'] }),
  min_length: whole(0, 2 ** 31 - 1)
    .nullable()
    .default(null)
    .meta({
      description: 'The minimum length in characters.',
      examples: [2],
    })
    .register(applies, { types: ['string'], notAbove: 'max_length' }),
  max_length: whole(0, 2 ** 31 - 1)
    .nullable()
    .default(null)
    .meta({
      description: 'The maximum length in characters.',
      examples: [40],
    })
    .register(applies, { types: ['string'] }),
  disallowed: z
    .union([oneOf(['flag', 'null', 'reject']), z.null()], withError('must be flag, null or reject'))
    .default('flag')
    .meta({
      description: 'What to do with a text that violates the pattern or a length.',
      examples: ['reject'],
    })
    .register(applies, { needs: ['pattern', 'min_length', 'max_length'] }),
  infinity: policy(['missing', 'flag', 'reject'])
    .default('missing')
    .meta({
      description:
        'What to do with an infinite number: flag it and make it missing, only flag, reject, or fill it.',
      examples: ['reject'],
    })
    .register(applies, { types: floats }),
  repeated: oneOf(['flag', 'reject', 'keep_last'])
    .default('flag')
    .meta({ description: 'What to do with rows whose key occurred before.', examples: ['reject'] })
    .register(applies, { needs: ['key'], isRead: true }),
  max_problems: limitGate.optional().meta({
    description: 'Gate on each kind of problem in this column, instead of the job’s.',
    examples: [{ warn: '1%', fail: '10%' }],
  }),
  max_null: limitGate.default(null).meta({ description: 'Gate on missing values.', examples: ['5%'] }),
  max_unknown: limitGate
    .default(null)
    .meta({ description: 'Gate on values that are not categories.', examples: ['1%'] })
    .register(applies, { needs: ['categories', 'map'] }),
  max_drift: figureGate.optional().meta({
    description: 'Gate on the column’s drift (PSI), instead of the job’s.',
    examples: [{ warn: 0.1, fail: 0.25 }],
  }),
});

export const rule = z.strictObject({
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
