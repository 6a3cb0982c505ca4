import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type ReadColumn } from '../../chunk/read-plan.js';
import { csvDetails } from '../../formats/csv/source-details.js';
import type { Source } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { type MarkEvidence, weighMarks } from '../../formats/text/mark-evidence.js';
import { cellAt } from '../../repair/cell.js';
import { matchColumns } from '../../repair/match-columns.js';
import type { RunColumn } from './resolve-contract.js';

/** Decimal marks by their columns' names in the contract. */
export type DecimalMarks = ReadonlyMap<string, '.' | ','>;

/** What was decided for the columns of a file that leave their decimal mark to it. */
export interface DecidedMarks {
  /** Of a column that is not in it nothing is known. */
  readonly marks: DecimalMarks;
  /** Those that the column's own sample proves. */
  readonly proven: DecimalMarks;
  /** Columns in whose sample there is a mark and it is taken for a decimal comma. */
  readonly commas: readonly string[];
}

const sampleBytes = 64 * 1024;
const sampleRows = 500;

/**
 * Decides the decimal mark of each number column with `decimal: auto`, once for the whole file: what the column's own sample proves; else what its
 * sample in the job's first file proved; else the mark on which all other number columns of the file agree. CSV was sampled when it was opened; of
 * the other formats the first rows of text columns are read.
 */
export async function decimalMarks(
  source: Source,
  columns: readonly RunColumn[],
  first: DecimalMarks | null,
): Promise<DecidedMarks> {
  const open = columns.filter(({ decimalAuto, contract }) => decimalAuto && kindOf(contract.type) !== null);
  if (open.length === 0) return { marks: new Map(), proven: new Map(), commas: [] };
  const contracts = columns.map(({ contract }) => contract);
  const matched = matchColumns(contracts, source.description.columns, null).columns;
  const places = new Map(matched.map(({ name, source: place }) => [name, place]));
  const evidence = await evidenceOf(
    source,
    open.flatMap(({ contract }) => places.get(contract.name) ?? []),
  );
  const signs = new Map(
    open.map(({ contract: { name, type } }) => [
      name,
      evidence.get(places.get(name) ?? -1)?.[kindOf(type)!] ?? null,
    ]),
  );
  const proven = new Map<string, '.' | ','>();
  for (const [name, sign] of signs) if (sign === '.' || sign === ',') proven.set(name, sign);
  const agreed = new Set(proven.values());
  const neighbours = agreed.size === 1 ? [...agreed][0]! : null;
  const marks = new Map(proven);
  for (const name of signs.keys()) {
    const mark = proven.get(name) ?? first?.get(name) ?? neighbours;
    if (mark !== null) marks.set(name, mark);
  }
  const commas = [...marks].filter(([name, mark]) => mark === ',' && signs.get(name) !== null);
  return { marks, proven, commas: commas.map(([name]) => name) };
}

/** Which evidence counts for a type; null for one that has no decimal mark, lists too, whose items a comma parts. */
function kindOf(type: ColumnType): keyof MarkEvidence | null {
  if (type === 'int32' || type === 'int64') return 'wholes';
  return type === 'float32' || type === 'float64' ? 'fractions' : null;
}

async function evidenceOf(
  source: Source,
  places: readonly number[],
): Promise<ReadonlyMap<number, MarkEvidence>> {
  const { format, details, columns } = source.description;
  if (format === 'csv') return new Map(csvDetails(details).marks.map((marks) => [marks.column, marks]));
  return readEvidence(
    source,
    places.filter((place) => columns[place]!.type === 'string'),
  );
}

async function readEvidence(source: Source, places: readonly number[]): Promise<Map<number, MarkEvidence>> {
  const found = new Map<number, MarkEvidence>();
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
