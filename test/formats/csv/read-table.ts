import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextColumn } from '../../../src/chunk/column.js';
import { defaultParse, type ReadPlan } from '../../../src/chunk/read-plan.js';
import { isPresent } from '../../../src/chunk/validity.js';
import { csv } from '../../../src/formats/csv/csv.js';
import type { CsvDetails } from '../../../src/formats/csv/source-details.js';
import type { RowProblems, Source } from '../../../src/formats/format.js';
import { temporaryFolder } from '../../temporary-folder.js';

/** A problem as a reader of the rejects would see it. */
interface FoundProblem {
  readonly code: string;
  readonly column: string | null;
  readonly outcome: string;
  readonly row: number;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly found: unknown;
  readonly raw: string;
}

export interface Table {
  readonly names: readonly string[];
  /** Every cell as text, null where it is missing. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly problems: readonly FoundProblem[];
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly lines: readonly number[] }>>;
  readonly details: CsvDetails;
  /** As `level code`. */
  readonly findings: readonly string[];
  /** Findings on the file from the problems of its rows, as `level code: sentence`. */
  readonly doubts: readonly string[];
  readonly slices: number;
}

/** Returns the plan that reads all columns of a source as texts. */
export function textPlan({ description }: Source): ReadPlan {
  return {
    columns: description.columns.map(({ name }, source) => ({
      name,
      source,
      type: 'string',
      layout: 'text',
      categories: [],
      nullValues: [],
      parse: defaultParse,
    })),
  };
}

/** Reads a whole file as text columns through the format's members; checks that slices leave no gap. */
export async function readTable(
  path: string,
  options: Readonly<Record<string, unknown>> = {},
  chunkBytes = 1 << 22,
): Promise<Table> {
  const source = await csv.open(path, { csv: options });
  const decoder = await csv.decoder(source.description, textPlan(source));
  const rows: (string | null)[][] = [];
  const problems: FoundProblem[] = [];
  let slices = 0;
  let end = -1;
  try {
    for await (const slice of source.cut(chunkBytes)) {
      if (slice.firstRow !== rows.length + 1) {
        throw new Error(
          `slice ${slice.index} begins at row ${slice.firstRow}, ${rows.length} rows came before`,
        );
      }
      if (slice.index !== slices || slice.start < end) throw new Error('slices overlap');
      slices++;
      end = slice.end;
      const chunk = await decoder.decode(slice);
      const texts = [...chunk.columns.values()].map((column) => cells(column as TextColumn));
      for (let row = 0; row < chunk.rows; row++) rows.push(texts.map((column) => column[row]!));
      for (const { kind, row, found } of chunk.problems) {
        problems.push({
          code: kind.code,
          column: kind.column,
          outcome: kind.outcome,
          row: chunk.origin.firstRow + row,
          ...chunk.origin.locate(row),
          found,
          raw: chunk.origin.raw(row, 1000),
        });
      }
    }
  } finally {
    await decoder.close();
  }
  const names = source.description.columns.map(({ name }) => name);
  const details = source.description.details as CsvDetails;
  const findings = source.findings.map(({ level, code }) => `${level} ${code}`);
  const doubts = source.cells
    .doubts(countedBy(problems), rows.length)
    .map(({ level, code, sentence }) => `${level} ${code}: ${sentence}`);
  const skipped = Object.fromEntries(source.skipped);
  return { names, rows, problems, skipped, details, findings, doubts, slices };
}

function countedBy(problems: readonly FoundProblem[]): RowProblems[] {
  const kinds = new Map<string, FoundProblem[]>();
  for (const problem of problems) {
    const key = `${problem.code} ${problem.column}`;
    const all = kinds.get(key);
    if (all === undefined) kinds.set(key, [problem]);
    else all.push(problem);
  }
  return [...kinds.values()].map((all) => ({
    code: all[0]!.code,
    column: all[0]!.column,
    count: all.length,
    samples: all.slice(0, 5),
  }));
}

function cells(column: TextColumn): (string | null)[] {
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  return Array.from({ length: column.length }, (_, row) =>
    isPresent(column.validity, row)
      ? bytes.toString('utf8', column.offsets[row], column.offsets[row + 1])
      : null,
  );
}

const folder = temporaryFolder('csv');
let files = 0;

/** Writes a file that is gone when the tests end. */
export function fileOf(content: string | Uint8Array, extension = 'csv'): string {
  const path = join(folder, `${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

/** Reads a text like the content of a file. */
export function readText(
  content: string | Uint8Array,
  options: Readonly<Record<string, unknown>> = {},
  chunkBytes?: number,
): Promise<Table> {
  return readTable(fileOf(content), options, chunkBytes);
}

/** The problems as `code:column` with their rows, as short as a test wants to compare. */
export function codes(table: Table): string[] {
  return table.problems.map(
    ({ code, column, row }) => `${row} ${code}${column === null ? '' : `:${column}`}`,
  );
}
