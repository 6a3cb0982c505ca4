import type { Column, ColumnType } from '../../chunk/column.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { InvalidError } from '../../errors.js';
import { detectFormat } from '../../formats/detect.js';
import type { Format, FormatName, Source } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import {
  type ColumnTypes,
  emptyAsMissing,
  guessedTexts,
  guessedTypes,
  repairPlan,
  textTypes,
} from './repaired-columns.js';
import { typedColumns, typedNotes, typedPlan } from './typed-columns.js';

/** An input that can be written clean, and how its columns are read for that. */
export interface Repairable {
  readonly reads: Format;
  readonly source: Source;
  readonly notes: readonly string[];
  /** Returns the types to begin with. */
  types(): Promise<ColumnTypes>;
  plan(types: ColumnTypes): ReadPlan;
  /**
   * Returns the plan that reads columns of guessed types as text, to confirm them; null if none is guessed.
   */
  texts(types: ColumnTypes): ReadPlan | null;
  /** Converts a column to its written form. */
  written(column: Column): Column;
}

/** How to open an input: the given dialect, and whether types are guessed. */
interface RepairReading {
  readonly input: string;
  readonly csv: Readonly<Record<string, unknown>>;
  readonly types: 'text' | 'auto';
  readonly strayQuotes?: 'keep' | 'drop' | undefined;
}

/** Opens an input of any format to be written in the format `output`. Throws its format's errors. */
export async function openRepairable(reading: RepairReading, output: FormatName): Promise<Repairable> {
  const reads = await formats[await detectFormat(reading.input)]();
  return reads.writes === 'texts'
    ? openText(reading, reads)
    : openTyped(reading, reads, (await formats[output]()).writes);
}

async function openText(
  { input, csv: settings, types, strayQuotes }: RepairReading,
  reads: Format,
): Promise<Repairable> {
  const strays = strayQuotes ?? (types === 'auto' ? 'drop' : 'keep');
  const source = await reads.open(input, { csv: { ...settings, surplus: 'drop', stray_quotes: strays } });
  return {
    reads,
    source,
    notes: source.about.notes,
    types: async () => (types === 'auto' ? firstTypes(reads, source) : textTypes(source)),
    plan: (each) => repairPlan(source.description, each),
    texts: (each) => guessedTexts(source.description, each),
    written: emptyAsMissing,
  };
}

async function openTyped(
  { input, csv: settings, strayQuotes }: RepairReading,
  reads: Format,
  output: Format['writes'],
): Promise<Repairable> {
  const source = await reads.open(input, { csv: {}, everyColumn: true });
  const [option] = [...Object.keys(settings), ...(strayQuotes === undefined ? [] : ['stray-quotes'])];
  if (option !== undefined) {
    throw new InvalidError(
      'input-format',
      `"${option}" applies to CSV only, but ${input} is ${source.about.words}`,
      {
        file: input,
        hint: 'omit it',
      },
    );
  }
  const { description } = source;
  const types = typedColumns(description, output);
  return {
    reads,
    source,
    notes: output === 'texts' ? [] : typedNotes(description, types),
    types: async () => types,
    plan: (each) => typedPlan(description, each as readonly ColumnType[]),
    texts: () => null,
    written: (column) => column,
  };
}

/** Returns the types that the first slice suggests. */
async function firstTypes(reads: Format, source: Source): Promise<ColumnTypes> {
  const { description } = source;
  const texts = textTypes(source);
  const decoder = await reads.decoder(description, repairPlan(description, texts));
  try {
    for await (const slice of source.cut(sampledBytes))
      return guessedTypes(await decoder.decode(slice), texts);
    return texts;
  } finally {
    await decoder.close();
  }
}

const sampledBytes = 1024 * 1024;
