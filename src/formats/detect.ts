import { open } from 'node:fs/promises';
import { InvalidError } from '../errors.js';
import type { FormatName, SeenFile } from './format.js';
import { emptyFile } from './positioned-file.js';
import { inputStats, readFailure } from './read-failure.js';
import { remoteFile } from './remote-file.js';

/** Files up to this size are read at once. */
const wholeBytes = 256 * 1024;

/**
 * Detects the format of an input by its first and last bytes, not by its name: Parquet and Arrow files mark
 * both ends, Arrow streams begin with a continuation mark and a schema, everything else is text: JSON Lines
 * if its name or its first line says so, else CSV. Throws `InvalidError` naming the file for a folder, an
 * empty file, an unsupported known format, and a file that may not be read, `TransientError` if it is gone or
 * its disk fails. Reads at most 256 KiB.
 */
export async function detectFormat(path: string): Promise<FormatName> {
  return (await detectAndRead(path)).format;
}

/** Does the same; also returns a small local file that was read as a whole, so that it is read once. */
export async function detectAndRead(
  path: string,
): Promise<{ readonly format: FormatName; readonly seen: SeenFile | null }> {
  const { head, tail, size, seen } = await readEnds(path);
  return { format: await formatOf(path, head, tail, size), seen };
}

async function formatOf(path: string, head: Buffer, tail: Buffer, size: number): Promise<FormatName> {
  if (size === 0) throw emptyFile(path);
  const begin = head.toString('latin1');
  if (begin.startsWith('PAR1') || begin.startsWith('PARE')) return 'parquet';
  if (begin.startsWith('ARROW1')) return 'arrow';
  if (head.length >= 8 && head.readUInt32LE(0) === 0xffffffff && isSchemaLength(head.readInt32LE(4), size)) {
    return 'arrow';
  }
  if (isOldArrowStream(path, head, size)) return 'arrow';
  if (tail.toString('latin1') === 'PAR1' && /\.(parquet|pq)$/i.test(path)) return 'parquet';
  const foreign = foreignFormat(head);
  if (foreign !== null) {
    throw new InvalidError(
      'input-format',
      `${path} is ${foreign[0]}, not CSV, JSON Lines, Parquet or Arrow`,
      {
        file: path,
        hint: foreign[1],
      },
    );
  }
  if (/\.(parquet|pq)$/i.test(path) && begin.includes('\0')) return 'parquet';
  if (/\.(arrow|feather|ipc|arrows)$/i.test(path) && begin.includes('\0')) return 'arrow';
  if (/\.(jsonl|ndjson)(\.(gz|gzip|zst|zstd))?$/i.test(path)) return 'jsonl';
  return /^(?:\xef\xbb\xbf)?\s*\{\s*"/.test(begin) && (await beginsWithObject(path)) ? 'jsonl' : 'csv';
}

const lineBytes = 64 * 1024;

/** Returns true if the first line is a JSON object; a CSV row that begins with an object goes on after it. */
async function beginsWithObject(path: string): Promise<boolean> {
  const remote = remoteFile(path);
  const file = remote === null ? await open(path, 'r') : null;
  try {
    const begin =
      remote === null
        ? Buffer.alloc(lineBytes)
        : Buffer.from(await remote.read(0, Math.min(remote.size, lineBytes)));
    const read = await file?.read(begin, 0, lineBytes, 0);
    const [line] = begin
      .toString('utf8', 0, read?.bytesRead ?? begin.length)
      .replace(/^[\ufeff\s]+/, '')
      .split('\n', 1);
    JSON.parse(line!);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw readFailure(path, error);
  } finally {
    await file?.close();
  }
}

/** Returns which known but unsupported format an input has, and what to do about it; else null. */
export function foreignFormat(bytes: Buffer): readonly [what: string, hint: string] | null {
  const head = bytes.subarray(0, 512);
  const begin = head.toString('latin1');
  const foreign = foreignFormats.find(
    ([magic, , , isPlain]) => begin.startsWith(magic) && (isPlain === true || !isText(head)),
  );
  if (foreign !== undefined)
    return [foreign[1], foreign[2] ?? 'convert it first, or remove it from the input'];
  // An ONNX file begins with its version, in one byte, and one of the fields that may follow.
  const [first, version = 0, next = 0] = head;
  if (first === 8 && version > 0 && version < 32 && afterVersion.has(next))
    return ['an ONNX model', modelHint];
  if (begin.startsWith('ustar', 257) && head.includes(0)) return ['a tar archive', 'unpack it first'];
  return null;
}

/** Keys of ModelProto's fields 2 to 4, 7 and 8, all of which have a length. */
const afterVersion = new Set([0x12, 0x1a, 0x22, 0x3a, 0x42]);
const modelHint =
  'give the file with the rows here: the model belongs under "model.path", or after --model or --models';

const foreignFormats: readonly (readonly [magic: string, what: string, hint?: string, isPlain?: true])[] = [
  ['PK\x03\x04', 'a ZIP archive or a spreadsheet', 'unpack it, or save the sheet as CSV'],
  ['PK\x05\x06', 'an empty ZIP archive'],
  ['\xd0\xcf\x11\xe0', 'an old Excel or Word file', 'save the sheet as CSV'],
  ['%PDF-', 'a PDF', 'save its table as CSV', true],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['\x7fELF', 'a program'],
  ['SQLite format 3\0', 'an SQLite database'],
  ['BZh', 'compressed with bzip2', 'unpack it first, or compress it with gzip or zstd'],
  ['\xfd7zXZ', 'compressed with xz', 'unpack it first, or compress it with gzip or zstd'],
  ['7z\xbc\xaf', 'a 7z archive', 'unpack it first'],
  ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'].map(
    (magic) => [magic, 'a Python pickle', 'save the table as CSV or Parquet from Python'] as const,
  ),
  ['CBM1', 'a CatBoost model', modelHint],
  ['\x93NUMPY', 'a NumPy array', 'save it as CSV or Parquet from Python'],
  ['\x04"M\x18', 'compressed with LZ4', 'unpack it first, or compress it with gzip or zstd'],
  ['ORC', 'an ORC file'],
  ['Obj\x01', 'an Avro file'],
  ['\x89HDF', 'an HDF5 file'],
  ['<stata_dta>', 'a Stata file', 'save it as CSV or Parquet from Stata or Python', true],
  ...['r\x01\x01', 'r\x02\x01', 's\x01\x01', 's\x02\x01'].map(
    (magic) => [magic, 'a Stata file', 'save it as CSV or Parquet from Stata or Python'] as const,
  ),
  ['RDX2\n', 'an R data file', 'save the table as CSV or Parquet from R'],
  ['RDX3\n', 'an R data file', 'save the table as CSV or Parquet from R'],
  ['X\n\0\0\0', 'an R data file', 'save the table as CSV or Parquet from R'],
  ['$FL2@(#)', 'an SPSS file', 'save it as CSV or Parquet from SPSS or Python', true],
  ['$FL3@(#)', 'an SPSS file', 'save it as CSV or Parquet from SPSS or Python', true],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file', 'save the table as CSV from MATLAB', true],
  [
    'HEADER RECORD*******LIBRARY HEADER RECORD',
    'a SAS transport file',
    'save it as CSV from SAS or Python',
    true,
  ],
  [`${'\0'.repeat(12)}\xc2\xea\x81\x60`, 'a SAS file', 'save it as CSV from SAS or Python'],
  ['tree\nversion=v', 'a LightGBM model', modelHint, true],
  ['{L\0\0\0\0\0\0\0\x07learner', 'an XGBoost model', modelHint],
  ['FEA1', 'a Feather file of version 1', 'write it again as Arrow IPC (Feather version 2)'],
];

/** Returns true if the first bytes could be text: none is a control character that text does not contain. */
function isText(head: Buffer): boolean {
  return head.every((byte) => byte > 31 || byte === 9 || byte === 10 || byte === 13);
}

function isSchemaLength(length: number, size: number): boolean {
  return length > 0 && length % 8 === 0 && length < size;
}

/**
 * Returns true for Arrow streams before version 0.15: they begin with the length of their schema instead of a
 * continuation mark, unlike text.
 */
function isOldArrowStream(path: string, head: Buffer, size: number): boolean {
  if (!/\.(arrow|arrows|ipc|stream|feather)$/i.test(path) || head.length < 12) return false;
  return isSchemaLength(head.readInt32LE(0) + 4, size) && head[3] === 0;
}

interface Ends {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly size: number;
  readonly seen: SeenFile | null;
}

async function readEnds(path: string): Promise<Ends> {
  const remote = remoteFile(path);
  if (remote !== null) {
    const { size } = remote;
    const head = Buffer.from(await remote.read(0, Math.min(size, 60)));
    const tail = size < 4 ? Buffer.alloc(4) : Buffer.from(await remote.read(size - 4, size));
    return { head, tail, size, seen: null };
  }
  const { size } = await inputStats(path);
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw readFailure(path, cause);
  });
  try {
    const isWhole = size <= wholeBytes;
    const begin = Buffer.alloc(isWhole ? Math.max(size, 60) : 60);
    const { bytesRead } = await file.read(begin, 0, begin.length, 0);
    const head = begin.subarray(0, Math.min(bytesRead, 60));
    if (isWhole && bytesRead === size)
      return {
        head,
        tail: size < 4 ? Buffer.alloc(4) : begin.subarray(size - 4, size),
        size,
        seen: { bytes: begin.subarray(0, size) },
      };
    const tail = Buffer.alloc(4);
    if (size >= 4) await file.read(tail, 0, 4, size - 4);
    return { head, tail, size, seen: null };
  } finally {
    await file.close();
  }
}
