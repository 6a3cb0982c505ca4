// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as a job file writes them
import * as z from 'zod';
import { oneOf, size, text, withError, words } from './values.js';

const headerError = withError('must be auto, true, false or the number of header rows (to 16)');
const sinceError = withError('must be last, { watermark: COLUMN } or { key: COLUMN }');
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
      'How a quote is escaped inside a quoted cell: `doubled` (the quote itself), `backslash`, another character, or `none`. `backslash` reads the file as MySQL writes it: `\\N` alone is missing, `\\n`, `\\t`, `\\r`, `\\b`, `\\0` and `\\Z` are characters, and a backslash before a delimiter, a quote, a line end or another sign makes it literal, inside and outside quotes.',
    examples: ['\\'],
  }),
  encoding: text.default('auto').meta({
    description:
      'The encoding by its IANA name or another common name: `utf-8`, `utf-16le`, `windows-1250`, `iso-8859-15`, `koi8-r`, `macintosh`, `cp850`, `shift_jis`, `gbk` and the like.',
    examples: ['windows-1252'],
  }),
  header: z
    .union(
      [z.literal('auto'), z.boolean(), z.int(headerError).min(0, headerError).max(16, headerError)],
      headerError,
    )
    .default('auto')
    .meta({
      description: 'Whether the first rows are a header, and how many rows it has.',
      examples: [true],
    }),
  skip_lines: z
    .union([z.literal('auto'), z.int(skipError).min(0, skipError)], skipError)
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
        'What to do with lines that are not rows of the first table: leave them out and report that in a finding to check (`auto`), or in a note because the job expects them (`first`), refuse the file (`refuse`), or read every line below the header as a row (`one`).',
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
        '`shared`: a file with an ambiguous dialect is read like the first file of the job; `per_file`: the dialect of each file is detected separately. A file with a clearly different dialect is always read in that dialect.',
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
    .meta({ description: 'The longest cell that is read; null: as long as a row.', examples: ['64KiB'] }),
});

export const input = z.strictObject({
  path: z
    .union(
      [text, z.array(text).min(1, withError('must not be empty'))],
      withError('must be a file, a glob, a folder, or a list of those'),
    )
    .meta({
      description:
        'What to score: a file, a glob, a folder with everything below it, or a list of those; also in S3 (`s3://bucket/key`). Relative paths start at the job file’s folder. `-` is standard input.',
      examples: ['../data-samples/flights/${date}*.csv'],
    }),
  format: oneOf(['auto', 'csv', 'jsonl', 'parquet', 'arrow'])
    .default('auto')
    .meta({ description: 'The format of the files; `auto` detects it for each file.', examples: ['csv'] }),
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
  since: z
    .union(
      [
        z.literal('last'),
        z.strictObject({ watermark: text }),
        z.strictObject({ key: z.union([text, z.array(text).min(1)], sinceError) }),
      ],
      sinceError,
    )
    .nullable()
    .default(null)
    .meta({
      description:
        '`last` takes only files that no run of the job has published in another run folder; `output.path` must have a variable, such as the date. A file that has changed since is taken again as a whole; with `{ watermark: COLUMN }`, only those of its rows whose value in COLUMN is greater than all that other runs have scored of it, with `{ key: COLUMN }`, or a list of columns, only those whose key no other run has published. Nothing new ends as `on_empty` says.',
      examples: ['last', { watermark: 'updated_at' }, { key: 'flight_id' }],
    }),
});
