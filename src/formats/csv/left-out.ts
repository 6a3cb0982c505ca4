import type { SourceFinding } from '../../chunk/source-finding.js';
import { InvalidError } from '../../errors.js';
import type { SkippedLines } from '../format.js';

/** Lines that are left out of a table because of their look, as far as known from the file's edges. */
export interface LeftOut {
  /** True if some of the lines above the table may be its rows. */
  readonly isPreambleDoubtful: boolean;
  /** True if some of the lines below it may be its rows. */
  readonly isFooterDoubtful: boolean;
  /** Number of lines below it that have a finding of their own: one that says why the file breaks off. */
  readonly footerSaid: number;
  /** True if the job says that its files contain more than their first table. */
  readonly isTold: boolean;
  /** True if the job says how many lines precede the table. */
  readonly isPreambleTold: boolean;
  /** Number of lines above the table, blank ones and comments included. */
  readonly linesAbove: number;
  readonly hasHeader: boolean;
  /** Comments above the table. */
  readonly comments: number;
  readonly isCommentTold: boolean;
  /** Start of another table, null if there is none. */
  readonly otherLine: number | null;
}

/** A finding about lines left out; its code is also the reason where the job refuses such files. */
interface LeftOutFinding extends SourceFinding {
  readonly code: 'other-table' | 'preamble-line' | 'footer-line' | 'comment-line';
}

/** More lines than this above or below a table are too many to be certain. */
const mostSure = 20;

/**
 * Returns findings about lines that were left out: a `check`; a `note` if the job expects them, unless they
 * may be rows, or are more than 20 or more than the `rows` of the table. Omits blank lines and comments above
 * the table, which are only counted. `isRead`: the whole input has been read, and all lines counted.
 */
export function leftOutFindings(
  leftOut: LeftOut,
  skipped: SkippedLines,
  rows: number,
  isRead: boolean,
): LeftOutFinding[] {
  const findings: LeftOutFinding[] = [];
  const say = (code: LeftOutFinding['code'], isSure: boolean, sentence: string): void => {
    findings.push({ code, level: isSure && leftOut.isTold ? 'note' : 'check', sentence });
  };
  const { otherLine } = leftOut;
  const other = skipped.get('other-table');
  if (otherLine !== null) {
    const what =
      isRead && other !== undefined
        ? `${linesFrom(other)} left out as another table`
        : `another table begins at line ${otherLine}, and everything from there on is left out`;
    say(
      'other-table',
      false,
      `${what}: set "input.csv.tables" to one if it is rows of the first, or to refuse such files`,
    );
  }
  const preamble = skipped.get('preamble-line');
  if (preamble !== undefined && !leftOut.isPreambleTold) {
    const isSure = !leftOut.isPreambleDoubtful && isFew(preamble.count, rows);
    const where = leftOut.hasHeader ? 'the header' : 'the first row';
    const what = `${linesFrom(preamble)} left out above ${where}`;
    const known = isSure ? '"input.csv.tables" to first' : `to ${leftOut.linesAbove}`;
    say(
      'preamble-line',
      isSure,
      `${what}: set "input.csv.skip_lines" to 0 if ${they(preamble.count)} rows, ${known} if not`,
    );
  }
  const footer = skipped.get('footer-line');
  if (footer !== undefined && footer.count > leftOut.footerSaid) {
    const isSure = !leftOut.isFooterDoubtful && isFew(footer.count, rows);
    const what = `${linesFrom(footer)} left out as a footer`;
    say(
      'footer-line',
      isSure,
      `${what}: set "input.csv.tables" to one if ${they(footer.count)} rows, to first if not`,
    );
  }
  const comments = (skipped.get('comment-line')?.count ?? 0) - leftOut.comments;
  if (comments > 0 && !leftOut.isCommentTold) {
    const lines = comments === 1 ? '1 line within the table is' : `${comments} lines within the table are`;
    const what = `${lines} left out as comments`;
    const sentence = `${what}: set "input.csv.comment" to none if ${they(comments)} rows, to their mark if not`;
    say('comment-line', false, sentence);
  }
  return findings;
}

function isFew(lines: number, rows: number): boolean {
  return lines <= mostSure && lines <= Math.max(1, rows);
}

/** `12 lines from line 22 on are`, `line 22 is`. */
function linesFrom({ count, lines }: { readonly count: number; readonly lines: readonly number[] }): string {
  return count === 1 ? `line ${lines[0]} is` : `${count} lines from line ${lines[0]} on are`;
}

function they(lines: number): string {
  return lines === 1 ? 'it is' : 'they are';
}

/** Throws `InvalidError` for a file with lines left out that may be rows, if the job refuses such files. */
export function refuseLeftOut(path: string, leftOut: LeftOut, skipped: SkippedLines, rows: number): void {
  const doubts = leftOutFindings({ ...leftOut, isTold: true }, skipped, rows, false);
  const finding = doubts.find(({ level }) => level === 'check');
  if (finding === undefined) return;
  throw new InvalidError(finding.code, `${path}: ${finding.sentence.replace(/: set .*$/, '')}`, {
    file: path,
    hint: 'reduce the file to one table, or set "input.csv.tables" to first or one',
  });
}
