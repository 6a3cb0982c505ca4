import { InvalidError } from '../../errors.js';
import { aboutTyped } from '../about-typed.js';
import { foreignFormat } from '../detect.js';
import type { ReadOptions, SkippedLines, Source, SourceDescription } from '../format.js';
import { cutOff, emptyFile } from '../positioned-file.js';
import { compressionOf } from '../text/byte-stream.js';
import { cutSlices } from './cut.js';
import { fileText, type LineText, memoryText } from './line-text.js';
import { scanned } from './scan-line.js';
import type { JsonlDetails } from './source-details.js';
import { columnOf, createSurvey, mostColumns, type Survey } from './survey-columns.js';
import { wholeLines } from './whole-lines.js';

/** Amount of a file that is surveyed for its keys and their types. */
const sampleBytes = 1024 * 1024;
/** Amount that is searched for the first object. */
const searchedBytes = 64 * 1024 * 1024;
const defaultMaxRowBytes = 2 * 1024 * 1024;

/**
 * Opens JSON Lines: surveys the keys of the first 1 MiB. Continues through the whole file if all columns are
 * requested, or if an expected name is not among them: then lines without such a name are not examined.
 * Throws `InvalidError` naming the file if it is empty, or JSON that is not one object per line.
 */
export async function openSource(path: string, options: ReadOptions): Promise<Source> {
  return openText(await fileText(path), options);
}

/** Opens the bytes of lines in memory, which are not empty, under the name of a file. */
export function openRows(name: string, lines: Buffer, options: ReadOptions): Promise<Source> {
  return openText(memoryText(name, lines), options);
}

async function openText(text: LineText, options: ReadOptions): Promise<Source> {
  const { path, bytes } = text;
  if (bytes === 0) throw emptyFile(path);
  const begin = await readBegin(text, options);
  const { details } = begin;
  const survey = await surveyText(text, details, options);
  if (survey.lines[scanned.object] === 0 || isOneDocument(begin.head, survey))
    throw notLines(path, begin.head, survey);
  if (options.everyColumn === true && survey.isFull) throw tooManyKeys(path);
  const description: SourceDescription = {
    path,
    format: 'jsonl',
    bytes,
    rows: null,
    columns: [...survey.keys.values()].map(columnOf),
    details: { ...details },
    findings: [],
  };
  const { about, cells } = aboutTyped('JSON Lines', description);
  const skipped: SkippedLines = new Map();
  return {
    description,
    about: { ...about, facts: { compression: details.compression } },
    cells,
    skipped,
    findings: [],
    async *cut(chunkBytes, signal) {
      skipped.clear();
      yield* cutSlices(text, description, chunkBytes, skipped, signal);
    },
  };
}

interface Begin {
  /** The first bytes of the text, without a byte order mark. */
  readonly head: Buffer;
  readonly details: JsonlDetails;
}

const headBytes = 4096;

/** Reads the first bytes; throws `InvalidError` if they are not UTF-8, or if the file is blank. */
async function readBegin(source: LineText, { csv }: ReadOptions): Promise<Begin> {
  const { path } = source;
  const raw = await readHead(source, 'none');
  const compression = compressionOf(raw);
  const text = compression === 'none' ? raw : await readHead(source, compression);
  const foreign = foreignFormat(text);
  if (foreign !== null) throw refusal(path, foreign[0], foreign[1]);
  const wide =
    text[0] === 0xff && text[1] === 0xfe ? 'LE' : text[0] === 0xfe && text[1] === 0xff ? 'BE' : null;
  if (wide !== null)
    throw refusal(
      path,
      'text in UTF-16',
      `write it in UTF-8, for instance with: iconv -f UTF-16${wide} -t UTF-8`,
    );
  const dataStart = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
  const most = csv['max_row_bytes'];
  const maxRowBytes = typeof most === 'number' ? most : defaultMaxRowBytes;
  return { head: text.subarray(dataStart), details: { compression, dataStart, maxRowBytes } };
}

async function readHead(text: LineText, compression: JsonlDetails['compression']): Promise<Buffer> {
  const stream = await text.open(compression, 0);
  try {
    const head = Buffer.alloc(headBytes);
    let count = 0;
    for (let read = -1; read !== 0 && count < head.length; count += read)
      read = await stream.read(head, count);
    return head.subarray(0, count);
  } finally {
    await stream.close();
  }
}

async function surveyText(text: LineText, details: JsonlDetails, options: ReadOptions): Promise<Survey> {
  const wanted = new Set(options.names ?? []);
  const survey = createSurvey(wanted);
  const { compression, dataStart, maxRowBytes } = details;
  const stream = await text.open(compression, dataStart);
  let needles: readonly string[] | null = null;
  try {
    for await (const { bytes, end } of wholeLines(stream, dataStart, maxRowBytes, text.pieceBytes)) {
      if (needles === null || needles.some((needle) => bytes.includes(needle))) survey.look(bytes);
      if (options.everyColumn === true || end - dataStart < sampleBytes) continue;
      if (survey.lines[scanned.object] === 0) {
        if (end - dataStart < searchedBytes) continue;
        break;
      }
      const missing: string[] = [...wanted].filter((name) => !survey.keys.has(name));
      if (missing.length === 0) break;
      needles = missing.map((name) => JSON.stringify(name));
    }
    return survey;
  } finally {
    await stream.close();
  }
}

/** Returns true if the file is one JSON document over several lines, some of which happen to be objects. */
function isOneDocument(head: Buffer, { first, lines }: Survey): boolean {
  if (first !== scanned.cutOff) return false;
  if (firstCharacter(head) === '[') return true;
  return lines[scanned.object] <= lines[scanned.invalid] + lines[scanned.other];
}

function firstCharacter(head: Buffer): string {
  return head.toString('utf8').trimStart().slice(0, 1);
}

function notLines(path: string, head: Buffer, { first, lines }: Survey): InvalidError {
  const begin = firstCharacter(head);
  if (begin === '') {
    return new InvalidError('input-empty', `${path} contains no rows: its lines are blank`, { file: path });
  }
  if (begin === '[' && (first === scanned.cutOff || lines[scanned.other] <= 1))
    return refusal(path, 'one JSON array', "write one object per line, for instance with: jq -c '.[]'");
  const count = Object.values(lines).reduce((sum, some) => sum + some, 0);
  if (begin === '{' && first === scanned.cutOff && count === 1)
    return cutOff(path, 'it ends within its first object');
  if (begin === '{' && first === scanned.cutOff)
    return refusal(
      path,
      'one JSON object over several lines',
      "write one object per line, for instance with: jq -c '.'",
    );
  if (lines[scanned.other] > 0)
    return refusal(
      path,
      'JSON without an object in its lines',
      'write each row as an object, with its columns as keys',
    );
  if (head[0] === RECORD_SEPARATOR)
    return refusal(
      path,
      'a JSON text sequence (RFC 7464)',
      "remove its separators, for instance with: tr -d '\\036'",
    );
  if (begin === '{' && head.includes(CR) && !head.includes(LF))
    return refusal(path, 'text with CR alone as its line end', "write LF, for instance with: tr '\\r' '\\n'");
  return refusal(path, 'text without an object in its lines', 'set "input.format", or correct the file');
}

const RECORD_SEPARATOR = 0x1e;
const CR = 13;
const LF = 10;

function refusal(path: string, what: string, hint: string): InvalidError {
  return new InvalidError('input-format', `${path} is ${what}, not JSON Lines`, { file: path, hint });
}

function tooManyKeys(path: string): InvalidError {
  const message = `${path}: its objects have more than ${mostColumns} different keys, which no table has as columns`;
  return new InvalidError('input-format', message, {
    file: path,
    hint: 'write keys that are data as values: {"key": ..., "value": ...}',
  });
}
