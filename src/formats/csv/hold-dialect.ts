import type { SourceDescription } from '../format.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { csvDetails } from './source-details.js';

/** How the job's first CSV file is written: it settles what the other files of the job leave open themselves. */
export interface HeldDialect {
  readonly dialect: Dialect;
  /** The columns' names, and the same as its header has them. */
  readonly names: readonly string[];
  readonly titles: readonly string[];
}

/**
 * The options with which a job's other files are opened so that the first one's dialect settles what they leave open. A file that clearly looks different is
 * read as it looks, and says so in its findings.
 */
export function holdDialect(
  csv: Readonly<Record<string, unknown>>,
  first: SourceDescription,
): Readonly<Record<string, unknown>> {
  const { dialect, titles } = csvDetails(first.details);
  const names = first.columns.map(({ name }) => name);
  return { ...csv, held: { dialect, names, titles } satisfies HeldDialect };
}

/** The dialect that is held in some options, null where there is none. */
export function heldDialect(csv: Readonly<Record<string, unknown>>): HeldDialect | null {
  return (csv['held'] as HeldDialect | undefined) ?? null;
}

/** What is told, and the header of the job's first file for where that is not. */
export function withHeld(given: DialectOverrides, held: HeldDialect | null): DialectOverrides {
  if (held === null) return given;
  return { ...given, likeHeader: { rows: held.dialect.headerRows, titles: held.titles } };
}
