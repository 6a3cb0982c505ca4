import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type Grouping, type ReadColumn } from '../../chunk/read-plan.js';
import type { Source } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import {
  type MarkEvidence,
  type MarkSign,
  type Sizes,
  weighMarks,
} from '../../formats/text/mark-evidence.js';
import { cellAt } from '../../repair/cell.js';
import { matchColumns } from '../../repair/match-columns.js';
import type { RunColumn } from './resolve-contract.js';

/** Decimal marks by their columns' names in the contract. */
type DecimalMarks = ReadonlyMap<string, '.' | ','>;

/** What was decided for the columns of a file that leave their decimal mark to it. */
export interface DecidedMarks {
  /** Of a column that is not in it nothing is known. */
  readonly marks: DecimalMarks;
  /** Those that the column's own sample proves. */
  readonly proven: DecimalMarks;
  /** Columns in whose sample there is a mark and it is taken for a decimal comma. */
  readonly commas: readonly string[];
  /** How sure the thousands marks of each column are. */
  readonly groupings: ReadonlyMap<string, Grouping>;
  /** Columns in whose sample there are numbers of which that is in doubt. */
  readonly doubtful: readonly string[];
  /** Columns whose numbers have a point and three digits after it, read as decimals since nothing in the file says otherwise. */
  readonly unproven: readonly string[];
}

/** What the job's first file proves, and the delimiter it has: a file with another is of another hand. */
export interface FirstMarks {
  readonly marks: DecimalMarks;
  readonly delimiter: string | null;
}

const sampleBytes = 64 * 1024;
const sampleRows = 500;

/**
 * Decides the decimal mark of each number column with `decimal: auto`, once for the whole file: what the column's own sample proves; else what its
 * sample in the job's first file proved, if that has the same delimiter; else the mark on which all other number columns of the contract agree, or where these
 * prove none the others of a CSV file; else a comma in a file with semicolons. CSV was sampled when it was opened; of the other formats the first rows of text columns are read.
 */
export async function decimalMarks(
  source: Source,
  columns: readonly RunColumn[],
  first: FirstMarks | null,
): Promise<DecidedMarks> {
  const open = columns.filter(({ decimalAuto, contract }) => decimalAuto && kindOf(contract.type) !== null);
  const contracts = columns.map(({ contract }) => contract);
  const matched = matchColumns(contracts, source.description.columns, null).columns;
  const places = new Map(matched.map(({ name, source: place }) => [name, place]));
  const evidence = await evidenceOf(
    source,
    open.flatMap(({ contract }) => places.get(contract.name) ?? []),
  );
  const delimiter = delimiterOf(source);
  const usual = delimiter?.startsWith(';') ? ',' : '.';
  const weighed = open.map(({ contract: { name, type } }) => {
    const found = evidence.get(places.get(name) ?? -1) ?? null;
    return { name, ...weigh(found, kindOf(type)!, usual), found };
  });
  const proven = new Map<string, '.' | ','>();
  for (const { name, sign, isSure } of weighed)
    if (isSure && (sign === '.' || sign === ',')) proven.set(name, sign);
  const neighbours = agreed(proven.values()) ?? agreed(otherMarks(evidence, new Set(places.values())));
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
    commas: [...marks].filter(([name, mark]) => mark === ',' && isMarked.has(name)).map(([name]) => name),
    groupings,
    unproven,
    doubtful: weighed.filter((column) => isDoubtful(column, marks, groupings)).map(({ name }) => name),
  };
}

/** The one mark that all of these are; null where they are none or different ones. */
function agreed(marks: Iterable<'.' | ','>): '.' | ',' | null {
  const different = new Set(marks);
  return different.size === 1 ? [...different][0]! : null;
}

/** The marks that the columns of a CSV file prove which the contract does not name. */
function otherMarks(
  evidence: ReadonlyMap<number, MarkEvidence>,
  named: ReadonlySet<number | null>,
): ('.' | ',')[] {
  return [...evidence].flatMap(([place, { fractions, isMixed }]) =>
    named.has(place) || isMixed || fractions === null || fractions === 'either' ? [] : [fractions],
  );
}

/** The delimiter of a file that has one; null for others. */
export function delimiterOf({ cells }: Source): string | null {
  return cells.rawForm.form === 'text' ? cells.rawForm.delimiter : null;
}

interface Weighed {
  readonly sign: MarkSign;
  /** Whether the column's own sample leaves no doubt about its thousands marks. */
  readonly isSure: boolean;
}

/** What a column's sample proves: nothing for certain where it proves both marks, or where only its type speaks for a mark that such files do not have, or that its fractions deny. */
function weigh(found: MarkEvidence | null, kind: 'fractions' | 'wholes', usual: '.' | ','): Weighed {
  const sign = found?.[kind] ?? null;
  if (found === null || sign === null || sign === 'either') return { sign, isSure: false };
  const isByType = kind === 'wholes' && found.fractions !== sign;
  // Thousands marks of whole numbers: the other one than the usual decimal mark.
  const isAgainst = found.fractions === (sign === '.' ? ',' : '.');
  return { sign, isSure: !found.isMixed && (!isByType || (sign === usual && !isAgainst)) };
}

/**
 * How sure thousands marks are where no text proves them: where the column has many whole numbers, hardly any with marks and no fractions, a fraction of just
 * three digits would be odd; else by the sizes of its other numbers.
 */
function groupingOf(found: MarkEvidence | null, mark: '.' | ',', usual: '.' | ','): Grouping {
  if (found === null || found.isMixed || found.known.count < leastKnown) return 'doubtful';
  const { count, areWhole } = found.known;
  const isWhole = areWhole && count >= leastWhole && partedBy(mark, found).count * 10 <= count;
  if (isWhole && mark === usual) return 'certain';
  return rangeOf(found);
}

/** The numbers in doubt that have thousands marks if the decimal mark is `mark`. */
function partedBy(mark: '.' | ',', { open }: MarkEvidence): Sizes {
  return mark === '.' ? open.commas : open.points;
}

/** Sizes that are not out of place beside the column's other numbers. */
function rangeOf({ known }: MarkEvidence): { readonly from: number; readonly to: number } {
  return { from: known.least / 3, to: known.most * 3 };
}

/** Whether numbers in doubt fit beside the column's other ones only if their mark parts thousands. */
function mustBeParted(found: MarkEvidence, { count, least, most }: Sizes): boolean {
  const { from, to } = rangeOf(found);
  return count > 0 && found.known.count >= leastKnown && least >= from && most <= to && most / 1000 < from;
}

/** The decimal mark that the sizes of a column's numbers speak for; null where they do not. */
function markBySize(found: MarkEvidence): '.' | ',' | null {
  const [commas, points] = [mustBeParted(found, found.open.commas), mustBeParted(found, found.open.points)];
  if (commas === points) return null;
  return commas ? '.' : ',';
}

const leastKnown = 3;
const leastWhole = 20;

/** Whether a column's sample has numbers that will be flagged. */
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

/** Which evidence counts for a type; null for one that has no decimal mark, lists too, whose items a comma parts. */
function kindOf(type: ColumnType): 'fractions' | 'wholes' | null {
  if (type === 'int32' || type === 'int64') return 'wholes';
  return type === 'float32' || type === 'float64' ? 'fractions' : null;
}

async function evidenceOf(
  source: Source,
  places: readonly number[],
): Promise<ReadonlyMap<number, MarkEvidence>> {
  const { columns } = source.description;
  const { marks } = source.cells;
  if (marks !== null) return new Map(marks.map((found) => [found.column, found]));
  return readEvidence(
    source,
    places.filter((place) => columns[place]!.type === 'string'),
  );
}

/** What texts of a source were found to prove, so that the first one's are not read again when its partition comes. */
const proved = new WeakMap<Source, Map<number, MarkEvidence>>();

async function readEvidence(source: Source, asked: readonly number[]): Promise<Map<number, MarkEvidence>> {
  const found = proved.get(source) ?? new Map<number, MarkEvidence>();
  proved.set(source, found);
  const places = asked.filter((place) => !found.has(place));
  if (places.length === 0) return found;
  const { format } = source.description;
  const decoder = await (await formats[format]()).decoder(source.description, {
    columns: places.map(asText),
  });
  try {
    for await (const slice of source.cut(sampleBytes)) {
      const { columns, rows } = await decoder.decode(slice);
      for (const place of places) {
        const column = columns.get(String(place))!;
        const cells = Array.from({ length: Math.min(rows, sampleRows) }, (_, row) => cellAt(column, row));
        found.set(place, weighMarks(cells.map((cell) => String(cell ?? ''))));
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
