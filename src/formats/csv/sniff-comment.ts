import { isSpaced } from './marked-line.js';
import { isName, isValue } from './table-bounds.js';

const commentMarks = ['#', '//', '%'];
const lookedLines = 200;

/**
 * Finds the mark of comment lines: one that begins mostly lines that do not look like the table's rows, in
 * the whole sample or above the table. Looks at the first 200 lines, and at as many below the lines with the
 * mark at the sample's head.
 */
export function sniffComment(sample: Buffer): string | null {
  return (
    commentMarks.find((mark) => sample.includes(mark) && isComment(mark, linesToSee(sample, mark))) ?? null
  );
}

/** Returns true if a sample contains only blank lines and lines that begin with one of the marks. */
export function isAllComments(sample: Buffer): boolean {
  return commentMarks.some((mark) => commentHead(sample, mark) === sample.length);
}

/** Returns the start of the first line that is neither blank nor marked; the length if there is none. */
export function commentHead(sample: Buffer, mark: string): number {
  const first = mark.charCodeAt(0);
  for (let at = 0; at < sample.length; ) {
    const byte = sample[at]!;
    if (byte === first && sample.toString('latin1', at, at + mark.length) === mark) {
      at = lineEnd(sample, at);
    } else if (byte === 10 || byte === 13 || byte === 32 || byte === 9) at++;
    else return at;
  }
  return sample.length;
}

function lineEnd(sample: Buffer, from: number): number {
  const lf = sample.indexOf(10, from);
  const cr = sample.subarray(from, lf < 0 ? sample.length : lf).indexOf(13);
  if (cr >= 0) return from + cr + 1;
  return lf < 0 ? sample.length : lf + 1;
}

function linesToSee(sample: Buffer, mark: string): { readonly head: string[]; readonly below: string[] } {
  const at = commentHead(sample, mark);
  return { head: linesOf(sample.subarray(0, at)), below: linesOf(sample.subarray(at)) };
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8', 0, lookedBytes).split(/\r\n|\n|\r/);
  return lines.slice(0, bytes.length > lookedBytes ? Math.min(lookedLines, lines.length - 1) : lookedLines);
}

const lookedBytes = 32_768;

function isComment(
  mark: string,
  { head, below }: { readonly head: readonly string[]; readonly below: readonly string[] },
): boolean {
  const above = head.filter((line) => line.startsWith(mark));
  const marked = [...above, ...below.filter((line) => line.startsWith(mark))];
  const rest = below.filter((line) => line !== '' && !line.startsWith(mark));
  if (marked.length === 0 || rest.length < 2) return false;
  const width = (line: string, delimiter: string): number => line.split(delimiter).length;
  for (const delimiter of [',', ';', '\t', '|']) {
    const widths = rest.map((line) => width(line, delimiter)).sort((a, b) => a - b);
    const usual = widths[widths.length >> 1]!;
    if (usual < 2) continue;
    const alike = rest.filter((line) => width(line, delimiter) === usual).length;
    if (alike < rest.length * 0.5) continue;
    const unlike = (lines: readonly string[]): number =>
      lines.filter((line) => width(line, delimiter) !== usual).length;
    if (unlike(marked) > marked.length * 0.5) return true;
    // The last line above the table may be its header.
    if (unlike(above) > 0 && unlike(above) >= (above.length - 1) * 0.5) return true;
    return above.length > 0 && isAboveHeader(above, rest, mark, delimiter);
  }
  return false;
}

/** Returns true if lines with a blank after their mark precede a row of names and a row with values. */
function isAboveHeader(
  above: readonly string[],
  [names, values]: readonly string[],
  mark: string,
  delimiter: string,
): boolean {
  return (
    above.every((line) => isSpaced(line, mark)) &&
    names!.split(delimiter).every(isName) &&
    values!.split(delimiter).some(isValue)
  );
}
