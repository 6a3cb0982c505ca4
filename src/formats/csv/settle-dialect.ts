import type { SourceFinding } from '../../chunk/source-finding.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { markName } from './dialect-text.js';
import type { EncodingGuess } from './encoding.js';
import type { HeldDialect } from './hold-dialect.js';
import type { Layout } from './layout.js';
import { sampleRows } from './sample-rows.js';
import { type DialectGuess, scoreDialect, sniffDialect } from './sniff-dialect.js';
import { sameCells } from './table-bounds.js';

/** A sample: its bytes after a byte order mark, and whether the input ends with them. */
interface Look {
  readonly sample: Buffer;
  readonly complete: boolean;
}

/** How a file of the job is read: in its own dialect, or like the first file if that works as well. */
interface Settled {
  readonly guess: DialectGuess;
  /** Differences from the job's first file, in words: `delimiter semicolon instead of comma`. */
  readonly differences: readonly string[];
  /** True if the file itself leaves no doubt about them. */
  readonly certain: boolean;
}

/** A reading with this share of the best score is as good: the sample does not decide between them. */
const asGood = 0.97;
/** One reading is clearly better if it has at least this share of both scores. */
const clearShare = 0.75;

type Reading = Pick<Dialect, 'delimiter' | 'quote' | 'escape'>;
const keys = ['delimiter', 'quote', 'escape'] as const;

/**
 * Settles delimiter, quote and escape of a later file: the first file's if they read this one as well, else
 * its own. If neither is clear, column names that are the first file's decide.
 */
export function settleDialect(
  look: Look,
  own: DialectGuess,
  given: DialectOverrides,
  held: HeldDialect | null,
): Settled {
  if (held === null) return { guess: own, differences: [], certain: true };
  const first: Reading = {
    delimiter: given.delimiter ?? held.dialect.delimiter,
    quote: given.quote === undefined ? held.dialect.quote : given.quote,
    escape: given.escape === undefined ? held.dialect.escape : given.escape,
  };
  // The usual case needs no other test: only the names could say more than the file itself.
  if (isSame(first, own))
    return {
      guess: own,
      differences: differences(own, held.dialect, look),
      certain: hasNames(look, own, held),
    };
  const ownScore = scoreOf(look, own);
  for (const reading of [first, { ...first, delimiter: own.delimiter }]) {
    if (isSame(reading, own) || !isOpen(look, own, reading, ownScore)) continue;
    return {
      guess: { ...own, ...reading },
      differences: differences(reading, held.dialect, look),
      certain: true,
    };
  }
  const share = ownScore / (ownScore + scoreOf(look, { ...own, ...first }));
  const isNamed = hasNames(look, own, held);
  const isClear = share >= clearShare || isNamed;
  if (!isClear && hasNames(look, { ...own, ...first }, held))
    return { guess: { ...own, ...first }, differences: [], certain: true };
  return { guess: own, differences: differences(own, held.dialect, look), certain: isClear };
}

/** Returns true if another reading of the sample is as good, so that the sample cannot decide. */
function isOpen(look: Look, own: DialectGuess, reading: Reading, ownScore: number): boolean {
  const isWider =
    own.delimiter.length > reading.delimiter.length && own.delimiter.startsWith(reading.delimiter);
  if (isWider) return false;
  const hasNoQuotes =
    own.delimiter === reading.delimiter &&
    [own.quote, reading.quote].every((mark) => mark === null || !look.sample.includes(mark));
  return hasNoQuotes || scoreOf(look, { ...own, ...reading }) >= ownScore * asGood;
}

function scoreOf({ sample, complete }: Look, dialect: DialectGuess): number {
  return scoreDialect(sample, dialect, complete);
}

function isSame(a: Reading, b: Reading): boolean {
  return keys.every((key) => a[key] === b[key]);
}

/** Returns true if one of the first rows contains the names of the job's first file. */
function hasNames(
  { sample, complete }: Look,
  dialect: DialectGuess,
  { dialect: first, titles }: HeldDialect,
): boolean {
  if (first.headerRows !== 1 || titles.length < 2) return false;
  const rows = sampleRows(sample, dialect, titles.length, firstRows, complete);
  return rows.some(({ cells }) => sameCells(cells, titles));
}

const firstRows = 20;

function differences(found: Reading, first: Reading, { sample }: Look): string[] {
  const texts: string[] = [];
  if (found.delimiter !== first.delimiter)
    texts.push(`delimiter ${markName(found.delimiter)} instead of ${markName(first.delimiter)}`);
  const isQuoted = [found.quote, first.quote].some((mark) => mark !== null && sample.includes(mark));
  if (found.quote !== first.quote && isQuoted)
    texts.push(`quote ${found.quote ?? 'none'} instead of ${first.quote ?? 'none'}`);
  else if (found.escape !== first.escape && sample.includes('\\'))
    texts.push(`escape ${found.escape ?? 'none'} instead of ${first.escape ?? 'none'}`);
  return texts;
}

/** Returns a later file's encoding: its own if the bytes decide, the first file's if either is possible. */
export function settleEncoding(guess: EncodingGuess, held: HeldDialect | null): string {
  if (held === null || guess.basis !== 'damage' || /^utf-?16/.test(held.dialect.encoding))
    return guess.encoding;
  return held.dialect.encoding;
}

/** Returns where a later file's encoding and header differ from the first one's, besides `Settled`. */
export function settledDifferences(
  { differences, certain }: Settled,
  dialect: Dialect,
  guess: EncodingGuess,
  held: HeldDialect | null,
): Pick<Settled, 'differences' | 'certain'> {
  if (held === null) return { differences, certain };
  const found = [...differences];
  let isCertain = certain;
  if (dialect.encoding !== held.dialect.encoding && (guess.basis === 'sure' || guess.basis === 'guess')) {
    found.push(`encoding ${dialect.encoding} instead of ${held.dialect.encoding}`);
    isCertain &&= guess.confidence >= 0.7;
  }
  const [here, there] = [dialect.headerRows, held.dialect.headerRows];
  if (here > 0 !== there > 0) found.push(here > 0 ? 'a header instead of none' : 'no header instead of one');
  return { differences: found, certain: isCertain };
}

/**
 * Returns a file's column names: its own, but if the job's first file has no header, a header here is only
 * left out, and columns are named by their index as there.
 */
export function sharedNames({ names, dialect }: Layout, held: HeldDialect | null): readonly string[] {
  if (held === null || held.dialect.headerRows > 0 || dialect.headerRows === 0) return names;
  return names.map((_, i) => `column_${i + 1}`);
}

/** Returns true if a file has the columns of the job's first one, in any order. */
export function hasSameNames(names: readonly string[], held: HeldDialect | null): boolean {
  if (held === null) return true;
  const known = new Set(held.names.map(fold));
  return names.length === held.names.length && names.every((name) => known.has(fold(name)));
}

function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/** Returns findings about a file that is read differently from the job's first one; none if it is not. */
export function differenceFindings(
  { differences, certain }: Pick<Settled, 'differences' | 'certain'>,
  hasSameColumns: boolean,
): SourceFinding[] {
  if (differences.length === 0) return [];
  const isSure = certain && hasSameColumns;
  const what = `the dialect of the file differs from that of the job's first file (${differences.join(', ')}), and it is read in its own`;
  return [
    {
      code: 'other-dialect',
      level: isSure ? 'note' : 'check',
      sentence: isSure ? what : `${what}: check its rows, and set "input.csv" if they are wrong`,
    },
  ];
}

/** Below this confidence the detected delimiter is a guess that a person should check. */
const doubtfulBelow = 0.7;

/** Returns true if a file has two of the names that the job reads: its delimiter is then right. */
export function hasExpectedNames(names: readonly string[], expected: readonly string[]): boolean {
  const known = new Set(names.map(fold));
  return expected.filter((name) => known.has(fold(name))).length >= 2;
}

/** Returns a doubt about delimiter and quotes if only the sample supports them and another is close. */
export function dialectDoubt(
  { guess, certain }: Settled,
  given: DialectOverrides,
  columns: number,
  hasKnownNames: boolean,
): SourceFinding[] {
  if (given.delimiter !== undefined || hasKnownNames || guess.confidence >= doubtfulBelow || !certain)
    return [];
  const sentence = `delimiter ${markName(guess.delimiter)} with ${columns} ${columns === 1 ? 'column' : 'columns'} is a guess (confidence ${Math.round(guess.confidence * 100)} %): check the columns, and set "input.csv.delimiter" and "input.csv.quote"`;
  return [{ code: 'dialect-in-doubt', level: 'check', sentence }];
}

/** Returns findings if the job's dialect contradicts the file's clear form; tests twice if it sets one. */
export function contradictions(
  look: Look,
  used: DialectGuess,
  given: DialectOverrides,
  guess: EncodingGuess,
): SourceFinding[] {
  const findings: SourceFinding[] = [];
  const say = (key: string, here: string, there: string): void => {
    findings.push({
      code: 'told-dialect',
      level: 'check',
      sentence: `"input.csv.${key}" says ${here}, but the file looks like ${there}; it is read as the job says: correct "input.csv.${key}", or leave it at "auto"`,
    });
  };
  const isGiven = given.delimiter !== undefined || given.quote !== undefined;
  const free = isGiven
    ? sniffDialect(
        look.sample,
        { ...given, delimiter: undefined, quote: undefined, escape: undefined },
        look.complete,
      )
    : used;
  const freeScore = isGiven ? scoreOf(look, free) : 0;
  const isClear = isGiven && freeScore / (freeScore + scoreOf(look, used)) >= clearShare;
  if (isClear && given.delimiter !== undefined && free.delimiter !== given.delimiter)
    say('delimiter', markName(given.delimiter), markName(free.delimiter));
  else if (given.quote !== undefined && free.quote !== given.quote && isQuoted(look, free))
    say('quote', given.quote ?? 'none', free.quote ?? 'none');
  if (given.encoding !== undefined && contradicts(given.encoding, guess))
    say('encoding', given.encoding, guess.encoding);
  return findings;
}

/** Returns true if most rows with the dialect's quote have it where quotes belong. */
function isQuoted({ sample, complete }: Look, dialect: DialectGuess): boolean {
  const rows = sampleRows(sample, dialect, 0, mostQuotedRows, complete).filter(({ quoted }) => quoted);
  return rows.filter(({ trouble }) => !trouble).length > rows.length / 2;
}

const mostQuotedRows = 200;

/**
 * Returns true if the bytes prove another encoding. One-byte encodings cannot be distinguished; windows-1252
 * is only a guess among them.
 */
function contradicts(given: string, { basis, encoding }: EncodingGuess): boolean {
  const isUtf8 = /^utf-?8/.test(given);
  if (basis === 'guess') return isUtf8;
  if (basis !== 'sure') return false;
  return encoding === 'utf-8' ? !isUtf8 : !/^(?:utf-?16|ucs-?2)/.test(given);
}
