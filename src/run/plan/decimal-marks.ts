import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type Grouping, type NumberSigns, type ReadColumn } from '../../chunk/read-plan.js';
import type { Source, SourceColumn } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { countTexts } from '../../formats/text/count-texts.js';
import {
  type MarkEvidence,
  type MarkSign,
  type Sizes,
  weighMarks,
} from '../../formats/text/mark-evidence.js';
import { certainSigns } from '../../formats/text/number-signs.js';
import { cellAt } from '../../repair/cell.js';
import { matchColumns } from '../../repair/match-columns.js';
import { copiedNames, type RunColumn } from './resolve-contract.js';

/** Decimal marks by their columns' names in the contract. */
type DecimalMarks = ReadonlyMap<string, '.' | ','>;

/** Decisions for the columns of a file that use `decimal: auto`. */
export interface DecidedMarks {
  /** A column that is not in it is unknown. */
  readonly marks: DecimalMarks;
  /** Those that the column's own sample proves. */
  readonly proven: DecimalMarks;
  /** Columns whose sample contains a mark that is read as a decimal comma. */
  readonly commas: readonly string[];
  /** Certainty of each column's thousands marks. */
  readonly groupings: ReadonlyMap<string, Grouping>;
  /** Columns whose sample contains numbers with a doubtful mark. */
  readonly doubtful: readonly string[];
  /**
   * Columns whose numbers have a point and three digits after it, read as decimals because nothing in the
   * file suggests otherwise.
   */
  readonly unproven: readonly string[];
  /** The signs of each column's own numbers, from its sample. */
  readonly signs: ReadonlyMap<string, NumberSigns>;
}

/**
 * A source, and the evidence in its texts about decimal marks, by column: planning a source twice reads it
 * once.
 */
export interface WeighedSource extends Source {
  readonly weighed?: Map<number, MarkEvidence>;
}

/** The decimal marks that the first file proves, and its delimiter: another one means another origin. */
export interface FirstMarks {
  readonly marks: DecimalMarks;
  readonly signs: DecidedMarks['signs'];
  readonly delimiter: string | null;
}

const sampleBytes = 64 * 1024;
const sampleRows = 500;

/**
 * Decides the decimal mark of each number column with `decimal: auto`, once for the whole file: the mark that
 * the column's own sample proves; else the one that its sample in the job's first file proved, if that has
 * the same delimiter; else the mark on which all other number columns of the contract agree or, if these
 * prove none, the other columns of a CSV file; else a comma in a file with semicolons. CSV was sampled when
 * it was opened; for other formats, reads the first rows of text columns.
 */
export async function decimalMarks(
  source: WeighedSource,
  columns: readonly RunColumn[],
  first: FirstMarks | null,
): Promise<DecidedMarks> {
  const numeric = columns.filter(({ contract }) => kindOf(contract.type) !== null);
  const open = numeric.filter(({ decimalAuto }) => decimalAuto);
  const indices = indicesOf(columns, source.description.columns);
  const evidence = await evidenceOf(
    source,
    numeric.flatMap(({ contract }) => indices.get(contract.name) ?? []),
  );
  const delimiter = delimiterOf(source);
  const usual = delimiter?.startsWith(';') ? ',' : '.';
  const weighed = open.map(({ contract: { name, type } }) => {
    const found = evidence.get(indices.get(name) ?? -1) ?? null;
    return { name, ...weigh(found, kindOf(type)!, usual), found };
  });
  const proven = new Map<string, '.' | ','>();
  for (const { name, sign, isSure } of weighed)
    if (isSure && (sign === '.' || sign === ',')) proven.set(name, sign);
  const neighbours = agreed(proven.values()) ?? agreed(otherMarks(evidence, new Set(indices.values())));
  const alike = first !== null && first.delimiter === delimiter ? first.marks : null;
  const marks = new Map<string, '.' | ','>();
  const groupings = new Map<string, Grouping>();
  const unproven: string[] = [];
  for (const { name, sign, isSure, found } of weighed) {
    const known = sign === '.' || sign === ',' ? sign : (alike?.get(name) ?? neighbours ?? null);
    const bySize = sign === 'either' && known === null ? markBySize(found!) : null;
    const mark = known ?? bySize ?? (sign === 'either' && usual === ',' ? usual : null);
    if (mark !== null) marks.set(name, mark);
    else if (sign === 'either' && found!.open.points.count > 0) unproven.push(name);
    const isAgainstUse = bySize !== null && bySize !== usual;
    groupings.set(
      name,
      isSure ? 'certain' : isAgainstUse ? 'doubtful' : groupingOf(found, mark ?? '.', usual),
    );
  }
  const isMarked = new Set(weighed.filter(({ sign }) => sign !== null).map(({ name }) => name));
  return {
    marks,
    proven,
    signs: signsOf(numeric, (name) => evidence.get(indices.get(name) ?? -1)),
    commas: [...marks].filter(([name, mark]) => mark === ',' && isMarked.has(name)).map(([name]) => name),
    groupings,
    unproven,
    doubtful: weighed.filter((column) => isDoubtful(column, marks, groupings)).map(({ name }) => name),
  };
}

interface Matched {
  readonly described: readonly SourceColumn[];
  readonly indices: ReadonlyMap<string, number | null>;
}

const matches = new WeakMap<readonly RunColumn[], Matched>();

/** Returns where each column is in a file: as in the last one if its columns are the same objects. */
function indicesOf(columns: readonly RunColumn[], described: readonly SourceColumn[]): Matched['indices'] {
  const last = matches.get(columns);
  if (last?.described === described) return last.indices;
  const contracts = columns.map(({ contract }) => contract);
  const matched = matchColumns(contracts, described, null, copiedNames(columns)).columns;
  const indices = new Map(matched.map(({ name, source }) => [name, source]));
  matches.set(columns, { described, indices });
  return indices;
}

function signsOf(
  columns: readonly RunColumn[],
  evidenceFor: (name: string) => MarkEvidence | undefined,
): ReadonlyMap<string, NumberSigns> {
  const found = new Map<string, NumberSigns>();
  for (const { contract } of columns) {
    const signs = certainSigns(evidenceFor(contract.name)?.signs ?? {});
    if (signs !== null) found.set(contract.name, signs);
  }
  return found;
}

/** The mark that all of them use; null if there is none, or if they differ. */
function agreed(marks: Iterable<'.' | ','>): '.' | ',' | null {
  const different = new Set(marks);
  return different.size === 1 ? [...different][0]! : null;
}

/** The marks proven by those columns of a CSV file that the contract does not name. */
function otherMarks(
  evidence: ReadonlyMap<number, MarkEvidence>,
  named: ReadonlySet<number | null>,
): ('.' | ',')[] {
  return [...evidence].flatMap(([index, { fractions, isMixed }]) =>
    named.has(index) || isMixed || fractions === null || fractions === 'either' ? [] : [fractions],
  );
}

/** The delimiter of a file that has one; null for others. */
export function delimiterOf({ cells }: Source): string | null {
  return cells.rawForm.form === 'text' ? cells.rawForm.delimiter : null;
}

interface Weighed {
  readonly sign: MarkSign;
  /** True if the column's own sample leaves no doubt about its thousands marks. */
  readonly isSure: boolean;
}

/**
 * Returns the mark that a column's sample proves. Nothing is certain if the sample proves both marks, if only
 * the column's type suggests a mark that such files do not use, or if its fractions contradict that mark.
 */
function weigh(found: MarkEvidence | null, kind: 'fractions' | 'wholes', usual: '.' | ','): Weighed {
  const sign = found?.[kind] ?? null;
  if (found === null || sign === null || sign === 'either') return { sign, isSure: false };
  const isByType = kind === 'wholes' && found.fractions !== sign;
  // Thousands marks of whole numbers: the opposite of the usual decimal mark.
  const isAgainst = found.fractions === (sign === '.' ? ',' : '.');
  return { sign, isSure: !found.isMixed && (!isByType || (sign === usual && !isAgainst)) };
}

/**
 * Returns the certainty of thousands marks if no text proves them: if the column has many whole numbers,
 * hardly any with marks and no fractions, a fraction of exactly three digits would be odd; else the sizes of
 * its other numbers decide.
 */
function groupingOf(found: MarkEvidence | null, mark: '.' | ',', usual: '.' | ','): Grouping {
  if (found === null || found.isMixed || found.known.count < leastKnown) return 'doubtful';
  const { count, areWhole } = found.known;
  const isWhole = areWhole && count >= leastWhole && partedBy(mark, found).count * 10 <= count;
  if (isWhole && mark === usual) return 'certain';
  return rangeOf(found);
}

/** Returns the doubtful numbers that have thousands marks if the decimal mark is `mark`. */
function partedBy(mark: '.' | ',', { open }: MarkEvidence): Sizes {
  return mark === '.' ? open.commas : open.points;
}

/** Returns the range of sizes that are plausible next to the column's other numbers. */
function rangeOf({ known }: MarkEvidence): { readonly from: number; readonly to: number } {
  return { from: known.least / 3, to: known.most * 3 };
}

/** Returns true if doubtful numbers fit their column only if their mark separates thousands. */
function mustBeParted(found: MarkEvidence, { count, least, most }: Sizes): boolean {
  const { from, to } = rangeOf(found);
  return count > 0 && found.known.count >= leastKnown && least >= from && most <= to && most / 1000 < from;
}

/** Returns the decimal mark suggested by the sizes of a column's numbers; null if they suggest none. */
function markBySize(found: MarkEvidence): '.' | ',' | null {
  const [commas, points] = [mustBeParted(found, found.open.commas), mustBeParted(found, found.open.points)];
  if (commas === points) return null;
  return commas ? '.' : ',';
}

const leastKnown = 3;
const leastWhole = 20;

/** Returns true if a column's sample has numbers that will be flagged. */
function isDoubtful(
  { name, found }: { readonly name: string; readonly found: MarkEvidence | null },
  marks: DecimalMarks,
  groupings: ReadonlyMap<string, Grouping>,
): boolean {
  const grouping = groupings.get(name)!;
  if (found === null || grouping === 'certain') return false;
  const parted = partedBy(marks.get(name) ?? '.', found);
  return parted.count > 0 && (grouping === 'doubtful' || !mustBeParted(found, parted));
}

/** Returns the evidence that counts for a type; null for types without a decimal mark, and for lists. */
function kindOf(type: ColumnType): 'fractions' | 'wholes' | null {
  if (type === 'int32' || type === 'int64') return 'wholes';
  return type === 'float32' || type === 'float64' ? 'fractions' : null;
}

async function evidenceOf(
  source: WeighedSource,
  indices: readonly number[],
): Promise<ReadonlyMap<number, MarkEvidence>> {
  const { columns } = source.description;
  const { marks } = source.cells;
  if (marks !== null) return new Map(marks.map((found) => [found.column, found]));
  return readEvidence(
    source,
    indices.filter((index) => columns[index]!.type === 'string'),
  );
}

async function readEvidence(
  source: WeighedSource,
  asked: readonly number[],
): Promise<ReadonlyMap<number, MarkEvidence>> {
  const found = source.weighed ?? new Map<number, MarkEvidence>();
  const indices = asked.filter((index) => !found.has(index));
  if (indices.length === 0) return found;
  const { format } = source.description;
  const decoder = await (await formats[format]()).decoder(source.description, {
    columns: indices.map(asText),
  });
  try {
    for await (const slice of source.cut(sampleBytes)) {
      const { columns, rows } = await decoder.decode(slice);
      for (const index of indices) {
        const column = columns.get(String(index))!;
        const cells = Array.from({ length: Math.min(rows, sampleRows) }, (_, row) => cellAt(column, row));
        found.set(index, weighMarks(countTexts(cells.map((cell) => String(cell ?? '')))));
      }
      break;
    }
  } finally {
    await decoder.close();
  }
  return found;
}

function asText(source: number): ReadColumn {
  return {
    name: String(source),
    source,
    type: 'string',
    layout: 'text',
    categories: [],
    nullValues: [],
    parse: defaultParse,
  };
}
