import type { Dialect, DialectOverrides } from './dialect.js';
import type { DialectGuess } from './sniff-dialect.js';

/** The keys of a dialect that all files of a job share; where the table lies is each file's own. */
const heldKeys = ['delimiter', 'quote', 'escape', 'comment'] as const;

/**
 * The options with which a job's other files are opened so that the first one's dialect holds for all: what the job says, and the first file's findings
 * for the rest. Opening a file that looks different notes it in its `details.notes`.
 */
export function holdDialect(
  csv: Readonly<Record<string, unknown>>,
  first: Dialect,
): Readonly<Record<string, unknown>> {
  return { ...csv, held: first };
}

/** The dialect that is held in some options, null where there is none. */
export function heldDialect(csv: Readonly<Record<string, unknown>>): Dialect | null {
  return (csv['held'] as Dialect | undefined) ?? null;
}

/** What is told, and for the rest what is held. */
export function withHeld(given: DialectOverrides, held: Dialect | null): DialectOverrides {
  if (held === null) return given;
  return {
    ...given,
    delimiter: given.delimiter ?? held.delimiter,
    quote: given.quote === undefined ? held.quote : given.quote,
    escape: given.escape === undefined ? held.escape : given.escape,
    encoding: given.encoding ?? held.encoding,
    headerRows: given.headerRows ?? held.headerRows,
    comment: given.comment === undefined ? held.comment : given.comment,
  };
}

/** Where a file looks different from the dialect that is held, in words; nothing where its own look is not sure. */
export function disagreements(
  held: Dialect,
  own: DialectGuess,
  ownEncoding: string,
  sure: boolean,
): string[] {
  const notes: string[] = [];
  const say = (key: string, here: unknown, there: unknown): void => {
    notes.push(
      `"${key}" looks like ${JSON.stringify(here)} here, the job's first file has ${JSON.stringify(there)}`,
    );
  };
  if (sure) for (const key of heldKeys) if (own[key] !== held[key]) say(key, own[key], held[key]);
  if (ownEncoding !== held.encoding) say('encoding', ownEncoding, held.encoding);
  return notes;
}
