import { type Decoding, refresh } from './decoding.js';
import type { Dialect } from './dialect.js';
import { afterMarks, begins, endsLine, nextMark } from './marks.js';
import { narrowMark } from './narrow-block.js';
import { clip, repairRow } from './repair-row.js';
import { rowKind } from './row-reader.js';
import { splitRow } from './split-row.js';

/** A longer header line is not searched again. */
const longestHeader = 65_536;

/**
 * Adds every row of the slice to the kernel's rows: the kernel adds regular runs, others go one by one. The
 * headers that may recur are spelled out by `headerNeedles`, if a slice has all of their names.
 */
export function readRows(decoding: Decoding, lines: readonly string[], isNarrow: boolean): void {
  const recurring = lines.filter((line) => mayRecur(line, decoding));
  const headers = recurring.flatMap((line) => headerNeedles(line, decoding.dialect, isNarrow));
  const { kernel, end, cutOff, scans, dialect } = decoding;
  const joined = dialect.fields > 1 ? headers : [];
  const scanEnd = cutOff ? end + 1 : end;
  let headerAt = nextHeader(decoding.bytes, headers, 0, end);
  let markAt = nextMark(decoding.bytes, 0, end);
  let at = 0;
  while (at < end) {
    if (markAt >= 0 && markAt < at) markAt = nextMark(decoding.bytes, at, end);
    if (at === markAt && at !== headerAt) {
      at = afterMarks(decoding.bytes, at, end);
      markAt = nextMark(decoding.bytes, at, end);
    }
    if (scans && at !== headerAt) {
      const ahead = [headerAt, markAt].filter((place) => place > at);
      const limit = Math.min(scanEnd, ...ahead);
      const scanned = kernel.scan(at, limit);
      at = scanned.stop;
      refresh(decoding);
      if (at >= end) break;
      if (at === markAt) continue;
    }
    if (at === headerAt) {
      at = rejectHeader(decoding, at);
      headerAt = nextHeader(decoding.bytes, headers, at, end);
      continue;
    }
    at = endsInHeader(decoding.bytes, joined, at) ? rejectHeader(decoding, at) : readRow(decoding, at);
    if (headerAt >= 0 && headerAt < at) headerAt = nextHeader(decoding.bytes, headers, at, end);
  }
}

/** Returns true if the slice has all names of the header, which each of its spellings has as they are. */
function mayRecur(header: string, { bytes, end, dialect: { delimiter, quote } }: Decoding): boolean {
  const parts = quote === null ? [header] : header.split(quote);
  const names = parts.flatMap((part) => part.split(delimiter)).map((name) => name.trim());
  // A long name is the likeliest to be absent, and the fastest to look for.
  const longestFirst = [...new Set(names)].sort((a, b) => b.length - a.length);
  return longestFirst.every((name) => {
    const at = bytes.indexOf(name);
    return at >= 0 && at < end;
  });
}

/**
 * Returns the header after a line end, in the forms in which it may recur: as it is, with the byte order mark
 * of an appended file, with and without quotes around its names, with a blank after its delimiters. None if
 * it is not to be searched.
 */
function headerNeedles(header: string, dialect: Dialect, isNarrow: boolean): readonly Buffer[] {
  if (header === '' || header.length > longestHeader) return [];
  const { delimiter, quote } = dialect;
  const lines = new Set([header]);
  if (quote === null || !header.includes(quote)) {
    const names = header.split(delimiter).map((name) => name.trim());
    const spellings = [names.join(delimiter), names.join(`${delimiter} `)];
    if (quote !== null) spellings.push(names.map((name) => quote + name + quote).join(delimiter));
    for (const line of names.length > 1 ? spellings : []) lines.add(line);
  } else lines.add(header.replaceAll(quote, ''));
  return [...lines]
    .flatMap((line) => [line, `\ufeff${line}`])
    .map((line) => needleOf(line, dialect, isNarrow));
}

function needleOf(header: string, { delimiter, quote, lineEnd }: Dialect, isNarrow: boolean): Buffer {
  const isNarrowed = isNarrow && delimiter.length > 1 && (quote === null || !header.includes(quote));
  const line = isNarrowed ? header.replaceAll(delimiter, String.fromCharCode(narrowMark)) : header;
  return Buffer.from(`${lineEnd === '\r' && !isNarrow ? '\r' : '\n'}${line}`, 'utf8');
}

/** Returns where one of the header's spellings recurs next, -1 if none does. */
function nextHeader(bytes: Buffer, headers: readonly Buffer[], from: number, end: number): number {
  let next = -1;
  for (const header of headers) {
    const at = findHeader(bytes, header, from, end);
    if (at >= 0 && (next < 0 || at < next)) next = at;
  }
  return next;
}

/** Returns where the header recurs as a whole line at or after `from`, else -1; `line` follows a line end. */
function findHeader(bytes: Buffer, line: Buffer, from: number, end: number): number {
  const length = line.length - 1;
  if (from === 0 && begins(bytes, 0, end, line.subarray(1)) && endsLine(bytes[length])) return 0;
  let at = bytes.indexOf(line, Math.max(0, from - 1));
  while (at >= 0 && at + 1 + length <= end && !endsLine(bytes[at + 1 + length]))
    at = bytes.indexOf(line, at + 1);
  return at >= 0 && at + 1 + length <= end ? at + 1 : -1;
}

/**
 * Returns true if an irregular line ends with the header: two files were joined without a line end. The text
 * before the header may be truncated.
 */
function endsInHeader(bytes: Buffer, headers: readonly Buffer[], at: number): boolean {
  if (headers.length === 0) return false;
  const next = bytes.indexOf(10, at);
  const end = bytes[next - 1] === 13 ? next - 1 : next;
  return headers.some((line) => {
    const start = end - line.length + 1;
    return start > at && bytes.compare(line, 1, line.length, start, end) === 0;
  });
}

function rejectHeader(decoding: Decoding, at: number): number {
  const { kernel, kinds, problems, repaired, reader } = decoding;
  const row = kernel.appendSplit(at, at - 1);
  refresh(decoding);
  reader.read(at);
  const { end, next } = reader.span;
  const found = clip(decoding.bytes.toString('utf8', at, end));
  repaired.add(row, at, end);
  problems.add(kinds.kind('repeated-header', null, 'rejected'), row, found);
  return next;
}

/** Adds the row at `at`, if there is one, and returns where the next may begin. */
function readRow(decoding: Decoding, at: number): number {
  const { kernel, reader, dialect, kinds, problems, repaired, names } = decoding;
  const split = decoding.scans ? splitRow(decoding, at) : -1;
  if (split >= 0) return split;
  const kind = reader.read(at);
  const { end, next } = reader.span;
  if (kind !== rowKind.row) return next < 0 ? decoding.end : next;
  const cutOff = decoding.cutOff && next >= decoding.end;
  const written = decoding.bytes.subarray(at, end);
  const { cells, defects } = repairRow(decoding.narrow?.restore(written) ?? written, dialect, cutOff);
  const row = cells.length === 0 ? kernel.appendSplit(at, at - 1) : kernel.appendRow(cells);
  refresh(decoding);
  repaired.add(row, at, end);
  for (const { code, column, outcome, found } of defects) {
    const name = column === null ? null : (names[column] ?? null);
    problems.add(kinds.kind(code, name, outcome), row, found);
  }
  return next;
}
