import { addProblem } from '../../chunk/problem.js';
import { type Decoding, refresh } from './decoding.js';
import type { Dialect } from './dialect.js';
import { narrowMark } from './narrow-block.js';
import { clip, repairRow } from './repair-row.js';
import { begins, rowKind } from './row-reader.js';
import { splitRow } from './split-row.js';

/** A longer header line is not searched again. */
const longestHeader = 65_536;

/** Adds every row of the slice to the kernel's rows: runs of regular ones by the kernel, the others one by one. */
export function readRows(decoding: Decoding, header: Buffer | null): void {
  const { kernel, end, cutOff, scans } = decoding;
  const scanEnd = cutOff ? end + 1 : end;
  let headerAt = header === null ? -1 : findHeader(decoding.bytes, header, 0, end);
  let at = 0;
  while (at < end) {
    if (scans && at !== headerAt) {
      const limit = headerAt > at ? headerAt : scanEnd;
      const scanned = kernel.scan(at, limit);
      at = scanned.stop;
      refresh(decoding);
      if (at >= end) break;
    }
    if (header !== null && at === headerAt) {
      at = rejectHeader(decoding, header, at);
      headerAt = findHeader(decoding.bytes, header, at, end);
      continue;
    }
    at = readRow(decoding, at);
    if (header !== null && headerAt >= 0 && headerAt < at) {
      headerAt = findHeader(decoding.bytes, header, at, end);
    }
  }
}

/** Returns the header after a line end, as it would recur in a block; null if it is not to be searched. */
export function headerNeedle(header: string | null, dialect: Dialect, isNarrow: boolean): Buffer | null {
  if (header === null || header === '' || header.length > longestHeader) return null;
  const { delimiter, quote, lineEnd } = dialect;
  const isNarrowed = isNarrow && delimiter.length > 1 && (quote === null || !header.includes(quote));
  const line = isNarrowed ? header.replaceAll(delimiter, String.fromCharCode(narrowMark)) : header;
  return Buffer.from(`${lineEnd === '\r' && !isNarrow ? '\r' : '\n'}${line}`, 'utf8');
}

/** Returns where the header line recurs at or after `from`, as a whole line; -1 if it does not. `line` is the header after a line end. */
function findHeader(bytes: Buffer, line: Buffer, from: number, end: number): number {
  const length = line.length - 1;
  if (from === 0 && begins(bytes, 0, end, line.subarray(1)) && endsLine(bytes[length])) return 0;
  let at = bytes.indexOf(line, Math.max(0, from - 1));
  while (at >= 0 && at + 1 + length <= end && !endsLine(bytes[at + 1 + length]))
    at = bytes.indexOf(line, at + 1);
  return at >= 0 && at + 1 + length <= end ? at + 1 : -1;
}

function endsLine(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

function rejectHeader(decoding: Decoding, line: Buffer, at: number): number {
  const header = line.subarray(1);
  const { kernel, kinds, problems, repaired, reader } = decoding;
  const row = kernel.appendSplit(at, at - 1);
  refresh(decoding);
  reader.read(at);
  repaired.add(row, at, at + header.length);
  addProblem(problems, kinds.kind('repeated-header', null, 'rejected'), row, clip(header.toString('utf8')));
  return reader.span.next;
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
    addProblem(problems, kinds.kind(code, name, outcome), row, found);
  }
  return next;
}
