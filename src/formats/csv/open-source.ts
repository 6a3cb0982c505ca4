import type { SourceFinding } from '../../chunk/source-finding.js';
import { InvalidError } from '../../errors.js';
import { checkRoomForColumns } from '../../process/heap-room.js';
import type { ReadOptions, SeenFile, SkippedLines, Source, SourceColumn } from '../format.js';
import { noteSkipped } from '../note-skipped.js';
import { emptyFile } from '../positioned-file.js';
import { inputStats } from '../read-failure.js';
import { isRemote } from '../remote-file.js';
import { type Compression, compressionOf, openBytes, textDecoder } from '../text/byte-stream.js';
import { aboutCsv } from './about-csv.js';
import { confirmLook } from './confirm-look.js';
import { cutSlices } from './cut.js';
import { type Dialect, type DialectOverrides, defaultMaxRowBytes, dialectOverrides } from './dialect.js';
import { guessEncoding, lastWholeCharacter } from './encoding.js';
import { encodingFindings } from './encoding-findings.js';
import { footerStart, mayBeShortRow, mostTailLines } from './footer.js';
import { unsupportedEncoding } from './foreign-text.js';
import { type HeldDialect, heldDialect, withHeld } from './hold-dialect.js';
import { holeFinder, holeFindings } from './holes.js';
import { findLayout, type Layout } from './layout.js';
import { leftOutFindings, refuseLeftOut } from './left-out.js';
import { findNamesLine } from './named-header.js';
import type { SpareMemory } from './open-slice.js';
import { refuseForeign } from './refuse-foreign.js';
import { sampleRows, wholeLines } from './sample-rows.js';
import {
  contradictions,
  dialectDoubt,
  differenceFindings,
  hasExpectedNames,
  hasSameNames,
  settleDialect,
  settledDifferences,
  settleEncoding,
  sharedNames,
} from './settle-dialect.js';
import { isAllComments } from './sniff-comment.js';
import { type DialectGuess, sniffDialect } from './sniff-dialect.js';
import type { CsvDetails } from './source-details.js';
import { findSummaryRows } from './summary-rows.js';
import { findCutCell, findWriterFailure } from './truncated-tail.js';

const sampleBytes = 256 * 1024;
const mostSampleBytes = 64 * 1024 * 1024;

/**
 * Opens a CSV input: reads its first 256 KiB, and detects its header and the properties of its dialect that
 * are not given. Throws `InvalidError` naming the file for a folder, an empty file, one that is not text, and
 * a corrupt compressed one.
 */
export async function openSource(
  path: string,
  options: ReadOptions,
  seen: SeenFile | null = null,
): Promise<Source> {
  const given = dialectOverrides(options.csv);
  const held = heldDialect(options.csv);
  const bytes = seen?.bytes.length ?? (await inputSize(path));
  const raw = await readSample(path, seen, given.maxRowBytes ?? defaultMaxRowBytes, given.skipLines ?? 0);
  const look =
    confirmedLook(path, raw, given, held) ?? (await takeLook(path, options, { bytes, raw, given, held }));
  const { sample, layout, names, footer, findings, isKnown } = look;
  const skipped: SkippedLines = new Map();
  const beginning = (): void => {
    skipped.clear();
    for (const { code, lines } of layout.edges) for (const line of lines) noteSkipped(skipped, code, line);
  };
  beginning();
  const leftOut = {
    ...layout.leftOut,
    isFooterDoubtful: footer?.isDoubtful ?? false,
    footerSaid: look.isBrokenOff ? 1 : 0,
  };
  if (given.tables === 'refuse') refuseLeftOut(path, leftOut, skipped, layout.rows);
  const opened = leftOutFindings(leftOut, skipped, layout.rows, false);
  const details = detailsOf(look, raw.compression);
  const description = {
    path,
    format: 'csv' as const,
    bytes,
    rows: null,
    columns: textColumns(names),
    details,
    findings: [...findings, ...opened],
  };
  let known = description.findings;
  // The sample stays in memory in any case.
  const content = raw.complete && raw.compression === 'none' && !isRemote(path) ? raw.bytes : null;
  const text = layout.dialect.encoding === 'utf-8' ? content : null;
  const spare: SpareMemory = [];
  return {
    description,
    ...(content === null ? {} : { content }),
    ...aboutCsv(description, isKnown ? null : findNamesLine(sample, options.names ?? [])),
    skipped,
    get findings() {
      return known;
    },
    giveBack(slice) {
      if (slice.kind === 'bytes' && slice.bytes !== null && spare.length < mostSpare)
        spare.push(Buffer.from(slice.bytes.buffer));
    },
    async *cut(chunkBytes, signal) {
      beginning();
      const holes = holeFinder();
      holes.look(sample.subarray(0, layout.dataStart), 0);
      const rows = yield* cutSlices(description, text, chunkBytes, skipped, holes, spare, signal);
      const lost = await holeFindings(holes.end(), path, details);
      known = [...lost, ...findings, ...leftOutFindings(leftOut, skipped, rows, true)];
    },
  };
}

/** Memory of so many slices is kept for later ones. */
const mostSpare = 2;

const columnsNamed = new WeakMap<readonly string[], readonly SourceColumn[]>();

/** Returns the same objects for files that share their names, so that they are matched and sent once. */
function textColumns(names: readonly string[]): readonly SourceColumn[] {
  const known = columnsNamed.get(names);
  if (known !== undefined) return known;
  const columns = names.map((name) => ({ name, type: null, native: 'text', readable: true }));
  columnsNamed.set(names, columns);
  return columns;
}

/** Result of reading the beginning and the end of a file. */
interface Look {
  /** The whole lines of the sample as UTF-8. */
  readonly sample: Buffer;
  readonly layout: Layout;
  readonly names: readonly string[];
  /** True if the columns are known: those of the job's first file, or some that the job expects. */
  readonly isKnown: boolean;
  /** Lines at the file's end that are not rows; null if there are none. */
  readonly footer: Footer | null;
  /** True if the last line says why the file breaks off, or was cut. */
  readonly isBrokenOff: boolean;
  readonly findings: readonly SourceFinding[];
  readonly confidence: CsvDetails['confidence'];
  readonly given: CsvDetails['given'];
  readonly differences: CsvDetails['differences'];
}

/** Returns what a small file says that is plainly written like the job's first one; null for any other. */
function confirmedLook(
  path: string,
  { bytes: sample, complete, compression }: Sample,
  given: DialectOverrides,
  held: HeldDialect | null,
): Look | null {
  const layout = complete && compression === 'none' ? confirmLook(sample, given, held) : null;
  if (layout === null) return null;
  refuseForeign(path, sample, sample);
  return {
    sample,
    layout,
    names: layout.names,
    isKnown: true,
    footer: null,
    isBrokenOff: false,
    findings: [],
    confidence: { delimiter: 1, encoding: 1, header: layout.headerConfidence },
    given: givenKeys(given),
    differences: [],
  };
}

interface Opening {
  /** Size of the input. */
  readonly bytes: number;
  readonly raw: Sample;
  readonly given: DialectOverrides;
  readonly held: HeldDialect | null;
}

/** Finds out how a file is written, from its beginning and its end. */
async function takeLook(
  path: string,
  options: ReadOptions,
  { bytes, raw, given, held }: Opening,
): Promise<Look> {
  const guess = guessEncoding(raw.bytes, raw.complete);
  const encoding =
    given.encoding === undefined ? settleEncoding(guess, held) : await checkedEncoding(given.encoding);
  const bom = encoding === 'utf-8' ? guess.bomBytes : 0;
  const sample = await readText(path, raw, encoding, bom, given);
  const look = { sample: afterLines(sample.subarray(bom), given.skipLines ?? 0), complete: raw.complete };
  const settings = withSeparatorLine(sample.subarray(bom), given);
  const own = sniffDialect(look.sample, settings, raw.complete);
  const settled = settleDialect(look, own, settings, held);
  checkWidth(path, sample, settled.guess);
  const layout = findLayout(
    sample,
    settled.guess,
    encoding,
    { ...withHeld(settings, held), expected: options.names },
    bom,
    raw.complete,
  );
  const names = sharedNames(layout, held);
  const differing = settledDifferences(settled, layout.dialect, guess, held);
  const isKnown =
    hasExpectedNames(names, options.names ?? []) || (held !== null && hasSameNames(names, held));
  const findings = [
    ...layout.findings,
    ...differenceFindings(differing, hasSameNames(names, held)),
    ...contradictions(look, settled.guess, given, guess),
    ...dialectDoubt(settled, settings, names.length, isKnown),
    ...encodingFindings(guess, encoding, given, { sample, complete: raw.complete, raw: raw.bytes }, layout),
  ];
  const tail =
    layout.dataEnd === null ? await readTail(path, bytes, { sample, raw, layout, encoding }) : null;
  const footer = given.tables === 'one' ? null : (tail?.footer ?? null);
  if (given.tables !== 'one' && tail !== null && tail.total !== null) findings.push(tail.total);
  const truncated = tail?.truncated ?? null;
  if (truncated !== null) findings.push(truncated);
  return {
    sample,
    layout,
    names,
    isKnown,
    footer,
    isBrokenOff: truncated !== null,
    findings,
    confidence: {
      delimiter: settings.delimiter === undefined ? settled.guess.confidence : 1,
      encoding: given.encoding === undefined ? guess.confidence : 1,
      header: layout.headerConfidence,
    },
    given: givenKeys(settings),
    differences: differing.differences,
  };
}

/** Throws `BudgetError` for a line of more cells than this process has memory for columns. */
function checkWidth(path: string, sample: Buffer, { delimiter, quote }: DialectGuess): void {
  const [separates, quotes] = [delimiter.charCodeAt(0), (quote ?? '').charCodeAt(0)];
  for (let start = 0, end = 0; sample.length - start >= longLine; start = end + 1) {
    // The last line end within so many bytes: the lines up to it are shorter.
    const near = sample.lastIndexOf(10, start + longLine - 1);
    end = near >= start ? near : sample.indexOf(10, start + longLine);
    if (end < 0) end = sample.length;
    if (near >= start) continue;
    let cells = 1;
    let isQuoted = false;
    for (let at = start; at < end; at++) {
      if (sample[at] === quotes) isQuoted = !isQuoted;
      else if (sample[at] === separates && !isQuoted) cells++;
    }
    checkRoomForColumns(cells, path);
  }
}

/** A line of fewer bytes does not have too many cells. */
const longLine = 32 * 1024;

/** Returns whole lines of a sample as UTF-8; throws if it is not text, unsupported, or blank. */
async function readText(
  path: string,
  raw: Sample,
  encoding: string,
  bom: number,
  given: DialectOverrides,
): Promise<Buffer> {
  const text = await sampleText(raw.bytes, raw.complete, encoding);
  if (given.encoding === undefined) refuseUnsupported(path, raw.bytes);
  refuseForeign(path, raw.bytes, text);
  refuseBinary(path, text);
  const sample = wholeLines(text, raw.complete);
  if (!hasVisible(sample, bom) && sample.toString('utf8', bom).trim() === '') {
    throw new InvalidError('input-empty', `${path} contains neither rows nor a header`, { file: path });
  }
  return sample;
}

/** Returns true if one of the first bytes is a visible character of ASCII. */
function hasVisible(sample: Buffer, start: number): boolean {
  return sample.subarray(start, start + 256).some((byte) => byte > 32 && byte < 127);
}

function detailsOf(
  { layout, confidence, given, footer, differences }: Look,
  compression: Compression,
): CsvDetails {
  return {
    dialect: layout.dialect,
    confidence,
    given,
    compression,
    headers: layout.headers,
    titles: layout.titles,
    marks: layout.marks,
    dataStart: layout.dataStart,
    dataEnd: layout.dataEnd ?? footer?.start ?? null,
    dataLine: layout.dataLine,
    endCode: footer === null ? 'other-table' : 'footer-line',
    notes: layout.notes,
    differences,
  };
}

const tailBytes = 64 * 1024;

interface Tail {
  /** Lines at the file's end that are not rows; null if there are none. */
  readonly footer: Footer | null;
  /** A last row that was cut within its last cell, or a last line that says why the file breaks off. */
  readonly truncated: SourceFinding | null;
  /** Last rows that may sum up the others. */
  readonly total: SourceFinding | null;
}

/** Examines the file's end; null if that is impossible (a long compressed stream). */
async function readTail(
  path: string,
  bytes: number,
  { sample, raw, layout, encoding }: { sample: Buffer; raw: Sample; layout: Layout; encoding: string },
): Promise<Tail | null> {
  let tail = sample;
  let base = 0;
  let start = layout.dataStart;
  if (!raw.complete) {
    if (raw.compression !== 'none' || encoding !== 'utf-8') return null;
    base = Math.max(layout.dataStart, bytes - tailBytes);
    tail = await readAt(path, base, bytes - base);
    start = base === layout.dataStart ? 0 : tail.indexOf(10) + 1;
  }
  const { dialect } = layout;
  const from = dialect.shapes.length > 0 ? lastLines(tail, start, dialect) : start;
  const rows = sampleRows(tail, dialect, dialect.fields, Number.POSITIVE_INFINITY, true, from);
  const first = footerStart(rows, dialect, tail);
  const failed = findWriterFailure(rows, dialect.fields);
  const total = findSummaryRows(rows, first, dialect.fields, raw.complete);
  if (first >= rows.length)
    return { footer: null, truncated: failed ?? findCutCell(rows, dialect.fields, tail), total };
  const parted = rows[first - 1]?.kind === 'blank';
  const isDoubtful = rows.slice(first).some((row) => mayBeShortRow(row, dialect, parted));
  return { footer: { start: base + rows[first]!.start, isDoubtful }, truncated: failed, total };
}

/** Returns where the last lines of a tail begin; `start` if a quote may join lines, or all are blank. */
function lastLines(tail: Buffer, start: number, { quote, backslashes, lineEnd }: Dialect): number {
  if (lineEnd === '\r' || backslashes === true || (quote !== null && tail.includes(quote, start)))
    return start;
  let at = tail.length;
  for (let lines = 0; lines < mostTailLines && at > start + 1; lines++) at = tail.lastIndexOf(10, at - 2) + 1;
  return at <= start + 1 || tail.toString('utf8', at).trim() === '' ? start : at;
}

interface Footer {
  /** Offset of its first byte. */
  readonly start: number;
  readonly isDoubtful: boolean;
}

async function readAt(path: string, start: number, length: number): Promise<Buffer> {
  const stream = await openBytes(path, 'none', 'utf-8', start);
  try {
    const memory = Buffer.allocUnsafe(length);
    let at = 0;
    while (at < length) {
      const count = await stream.read(memory, at);
      if (count === 0) break;
      at += count;
    }
    return memory.subarray(0, at);
  } finally {
    await stream.close();
  }
}

/**
 * Returns an input's size; throws `InvalidError` if it is empty, a folder or forbidden, `TransientError` if
 * gone.
 */
async function inputSize(path: string): Promise<number> {
  const { size } = await inputStats(path);
  if (size === 0) throw emptyFile(path);
  return size;
}

interface Sample {
  readonly bytes: Buffer;
  /** True if this is the whole input. */
  readonly complete: boolean;
  readonly compression: Compression;
}

/**
 * Returns the first 256 KiB, decompressed; more if they hold only comments and skipped lines, or one line.
 */
async function readSample(
  path: string,
  seen: SeenFile | null,
  longestLine: number,
  skipLines: number,
): Promise<Sample> {
  let limit = sampleBytes;
  let bytes = seen !== null ? seen.bytes : await readUpTo(path, 'none', limit + 1);
  const compression = compressionOf(bytes);
  if (compression !== 'none') bytes = await readUpTo(path, compression, limit + 1);
  if (bytes.length > limit && !hasLineEnd(bytes.subarray(0, limit))) {
    limit = Math.max(limit, 2 * longestLine + 64);
    bytes = await readUpTo(path, compression, limit + 1);
    if (bytes.length > limit && !hasLineEnd(bytes)) {
      throw new InvalidError('row-too-long', `${path} begins with a line of more than ${longestLine} bytes`, {
        file: path,
        hint: 'if this is intended, raise "csv.max_row_bytes"',
      });
    }
  }
  if (bytes.length === 0) throw emptyFile(path);
  while (bytes.length > limit && holdsNoTable(bytes, skipLines)) {
    if (limit >= mostSampleBytes) {
      throw new InvalidError('no-table', `${path} has no table in its first ${limit >> 20} MiB`, {
        file: path,
        hint: 'remove the lines above it, or correct "input.csv.skip_lines" and "input.csv.comment"',
      });
    }
    limit *= 4;
    bytes = await readUpTo(path, compression, limit + 1);
  }
  return { bytes: bytes.subarray(0, limit), complete: bytes.length <= limit, compression };
}

/** Returns true if a sample ends before the table begins, or so soon after it that nothing can be learned. */
function holdsNoTable(bytes: Buffer, skipLines: number): boolean {
  if (isAllComments(bytes)) return true;
  let lines = 0;
  for (
    let at = bytes.indexOf(10);
    at >= 0 && lines <= skipLines + learnedLines;
    at = bytes.indexOf(10, at + 1)
  )
    lines++;
  return skipLines > 0 && lines <= skipLines + learnedLines;
}

const learnedLines = 200;

/** Returns a sample without its first lines, which must not decide the dialect; all of it if no rest. */
function afterLines(sample: Buffer, lines: number): Buffer {
  const end = sample.includes(10) ? 10 : 13;
  let at = 0;
  for (let i = 0; i < lines; i++) {
    const next = sample.indexOf(end, at);
    if (next < 0) return sample;
    at = next + 1;
  }
  return at >= sample.length ? sample : sample.subarray(at);
}

function hasLineEnd(bytes: Buffer): boolean {
  return bytes.includes(10) || bytes.includes(13);
}

async function readUpTo(path: string, compression: Compression, limit: number): Promise<Buffer> {
  const stream = await openBytes(path, compression, 'utf-8', 0);
  try {
    const memory = Buffer.allocUnsafe(limit);
    let length = 0;
    while (length < limit) {
      const count = await stream.read(memory, length);
      if (count === 0) break;
      length += count;
    }
    return memory.subarray(0, length);
  } finally {
    await stream.close();
  }
}

async function checkedEncoding(encoding: string): Promise<string> {
  if (/^(?:utf-?8(?:-sig)?|(?:us-)?ascii)$/.test(encoding)) return 'utf-8';
  await textDecoder(encoding);
  return encoding;
}

async function sampleText(bytes: Buffer, complete: boolean, encoding: string): Promise<Buffer> {
  if (encoding === 'utf-8') return complete ? bytes : bytes.subarray(0, lastWholeCharacter(bytes));
  const decoder = await textDecoder(encoding);
  const text = decoder.write(bytes);
  return complete ? Buffer.concat([text, decoder.end()]) : text;
}

/** Throws for a text in an encoding that no decoder here knows. */
function refuseUnsupported(path: string, bytes: Buffer): void {
  const encoding = unsupportedEncoding(bytes);
  if (encoding === null) return;
  throw new InvalidError('not-text', `${path} is text in ${encoding}, an encoding that cannot be read`, {
    file: path,
    hint: `convert it to UTF-8 first: iconv -f ${encoding} -t UTF-8`,
  });
}

/**
 * Throws for binary data: text contains no control characters but blanks, line ends, separators (one may be
 * the delimiter) and a few stray ones; many different ones are other data.
 */
function refuseBinary(path: string, text: Buffer): void {
  const counts = new Uint32Array(27);
  const length = Math.min(text.length, 65_536);
  for (let i = 0; i < length; i++) if (text[i]! < 27) counts[text[i]!]!++;
  const odd = counts.filter((_, byte) => byte !== 1 && (byte < 9 || byte > 13));
  const controls = odd.reduce((sum, count) => sum + count, 0);
  const kinds = odd.filter((count) => count > 0).length;
  if (controls <= Math.max(8, length * (kinds < 8 ? 0.1 : 0.01))) return;
  // The text is UTF-8, whatever the file is in.
  const characters = text.toString('utf8', 0, length).length;
  throw new InvalidError(
    'not-text',
    `${path} is not text: ${controls} of its first ${characters} characters are control characters`,
    {
      file: path,
      hint: 'set its encoding with "input.csv.encoding" (inspect and repair: --dialect encoding=...), or remove it from the input',
    },
  );
}

function givenKeys(given: DialectOverrides): string[] {
  return Object.entries(given)
    .filter(
      ([key, value]) =>
        value !== undefined && value !== 'refuse' && key !== 'surplus' && key !== 'strayQuotes',
    )
    .map(([key]) => key);
}

/** Returns the overrides with the delimiter of a first line `sep=;`, a spreadsheet's; it is not a row. */
function withSeparatorLine(text: Buffer, given: DialectOverrides): DialectOverrides {
  const match = /^"?sep=([^\r\n"])"?[ ,;\t|]*(?:\r\n|\n|\r)/i.exec(text.toString('utf8', 0, 64));
  if (match === null) return given;
  return { ...given, delimiter: given.delimiter ?? match[1]!, skipLines: given.skipLines ?? 1 };
}
