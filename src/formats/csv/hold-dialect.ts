import type { SourceDescription } from '../format.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { csvDetails } from './source-details.js';

/** Dialect of the job's first CSV file: it settles what is ambiguous in the other files of the job. */
export interface HeldDialect {
  readonly dialect: Dialect;
  /** The columns' names, and their original spelling in the header. */
  readonly names: readonly string[];
  readonly titles: readonly string[];
  /** The lines of the header. */
  readonly headers: readonly string[];
}

/**
 * Returns options for a job's other files so that the first one's dialect settles what is ambiguous. A file
 * with a clearly different dialect is read in its own, and its findings say so.
 */
export function holdDialect(
  csv: Readonly<Record<string, unknown>>,
  first: SourceDescription,
): Readonly<Record<string, unknown>> {
  const { dialect, titles, headers } = csvDetails(first.details);
  const names = first.columns.map(({ name }) => name);
  return { ...csv, held: { dialect, names, titles, headers } satisfies HeldDialect };
}

/** Returns the held dialect of some options, null if there is none. */
export function heldDialect(csv: Readonly<Record<string, unknown>>): HeldDialect | null {
  return (csv['held'] as HeldDialect | undefined) ?? null;
}

/** Returns the given overrides, with the header of the job's first file if none is given. */
export function withHeld(given: DialectOverrides, held: HeldDialect | null): DialectOverrides {
  if (held === null) return given;
  return { ...given, likeHeader: { rows: held.dialect.headerRows, titles: held.titles } };
}
