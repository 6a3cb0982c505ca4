import type { SourceFinding } from '../../chunk/source-finding.js';
import { firstOf } from '../../text/first-of.js';
import type { DialectOverrides } from './dialect.js';
import { type EncodingGuess, foreignConfidence } from './encoding.js';
import { isUtf7, likelyEncodings } from './foreign-text.js';
import type { Layout } from './layout.js';
import { sampleRows } from './sample-rows.js';
import { hasOddWord } from './western-text.js';

/** A sample as text and as bytes of the file, and whether the input ends with them. */
interface EncodingLook {
  readonly sample: Buffer;
  readonly raw: Uint8Array;
  readonly complete: boolean;
}

/**
 * Returns findings about bytes that are not UTF-8: the guessed encoding, a doubtful cell, unreadable names.
 */
export function encodingFindings(
  guess: EncodingGuess,
  encoding: string,
  given: DialectOverrides,
  { sample, complete, raw }: EncodingLook,
  layout: Layout,
): SourceFinding[] {
  const findings: SourceFinding[] = [];
  const damaged = layout.titles.flatMap((title, i) =>
    /[\ufffd\0]/.test(title) ? [`${title.slice(0, 40)} (column ${i + 1})`] : [],
  );
  if (damaged.length > 0)
    findings.push({
      code: 'damaged-name',
      level: 'check',
      sentence: `names of columns contain characters that could not be read: ${firstOf(damaged, 3)}; set "input.csv.encoding" if the encoding is not ${encoding}`,
    });
  if (given.encoding !== undefined || encoding !== guess.encoding) return findings;
  const say = (level: SourceFinding['level'], sentence: string) =>
    findings.push({ code: 'guessed-encoding', level, sentence });
  if (guess.basis === 'ascii' && isUtf7(raw))
    say(
      'check',
      'the file looks like UTF-7 (texts such as "+AOk-") but is read without decoding them: set "input.csv.encoding" to utf-7',
    );
  const isForeign = guess.basis === 'guess' && guess.confidence <= foreignConfidence;
  const likely = isForeign || guess.basis === 'damage' ? likelyEncodings(raw) : [];
  if (isForeign) {
    const names = likely.length > 0 ? likely.join(' or ') : 'windows-1250, iso-8859-2, cp850 and the like';
    const key =
      likely.length > 0
        ? `"input.csv.encoding" to ${names}, which its bytes fit`
        : `"input.csv.encoding" (${names})`;
    say(
      'check',
      `the file is not UTF-8, and when it is read as ${encoding}, its texts do not look right${firstOddCell(sample, complete, layout)}: set ${key}`,
    );
  } else if (guess.basis === 'guess')
    say(
      'note',
      `the file is not UTF-8; it is read as ${encoding}, a guess that its texts support: set "input.csv.encoding" if that is wrong`,
    );
  else if (likely.length > 0)
    say(
      'check',
      `the file is not UTF-8, and some of its texts cannot be read: set "input.csv.encoding" to ${likely.join(' or ')}, which its bytes fit`,
    );
  return findings;
}

/** Returns the location of the first cell that no western language would have; null if there is none. */
function firstOddCell(
  sample: Buffer,
  complete: boolean,
  { dialect, dataStart, names, titles }: Layout,
): string {
  const title = titles.findIndex(hasOddWord);
  if (title >= 0) return `, first in the name of column ${title + 1}`;
  const rows = sampleRows(sample, dialect, dialect.fields, Number.POSITIVE_INFINITY, complete, dataStart);
  const found = rows.filter(({ kind }) => kind === 'row').map(({ cells }) => cells.findIndex(hasOddWord));
  const row = found.findIndex((cell) => cell >= 0);
  return row < 0 ? '' : `, first in row ${row + 1}, column "${names[found[row]!] ?? found[row]! + 1}"`;
}
