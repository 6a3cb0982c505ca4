import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { Footer } from 'apache-arrow/fb/footer';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { ByteBuffer } from 'flatbuffers';
import { InvalidError } from '../../errors.js';
import { checkHeapRoom, checkRoomForBytes } from '../../process/heap-room.js';
import { NotCarried } from '../fetched-file.js';
import type { ByteRange } from '../file-access.js';
import { cutOff, emptyFile, type PositionedFile } from '../positioned-file.js';
import { type ArrowField, bounded, NotRead, readSchema } from './read-schema.js';

/** A record batch or dictionary batch: the location of its bytes in the file. */
export interface BatchLocation {
  readonly kind: 'rows' | 'dictionary';
  readonly metadataStart: number;
  readonly metadataEnd: number;
  /** The body is `[metadataEnd, bodyEnd)`. */
  readonly bodyEnd: number;
  readonly rows: number;
  /** Dictionaries: the id that columns refer to, and whether it adds to the previous dictionary. */
  readonly id: bigint;
  readonly isDelta: boolean;
}

/** An IPC file or stream according to the headers of its messages; bodies are not read. */
export interface IpcIndex {
  readonly kind: 'file' | 'stream';
  readonly fields: readonly ArrowField[];
  /** Record batches in the order of rows. */
  readonly batches: readonly BatchLocation[];
  /** Dictionary batches in order; `beforeBatch` is the first record batch that uses it. */
  readonly dictionaries: readonly (BatchLocation & { readonly beforeBatch: number })[];
  readonly unionsHaveValidity: boolean;
}

const magic = 'ARROW1';

/**
 * Reads the headers of every message of an Arrow IPC file (by its footer) or stream (distinguished by the
 * magic): one small read per batch. Throws `InvalidError` naming the file if it is empty, truncated
 * (including a stream without its end marker) or corrupt.
 */
export function readIndex(file: PositionedFile): IpcIndex {
  if (file.size === 0) throw emptyFile(file.path);
  try {
    const start = Buffer.from(file.read(0, Math.min(8, file.size)).buffer);
    if (start.subarray(0, 6).toString('latin1') === magic) return fileIndex(file);
    const word = start.length < 4 ? 0 : start.readUInt32LE(0);
    if (word === 0xffffffff || (word > 0 && word + 4 <= Math.min(file.size, 16 * 1024 * 1024))) {
      return streamIndex(file);
    }
  } catch (cause) {
    throw asInvalid(file.path, cause);
  }
  throw new InvalidError(
    'not-arrow',
    `${file.path} is not an Arrow file: it begins with neither ${magic} nor a message`,
    {
      file: file.path,
      hint: 'set its real format in "input.format"',
    },
  );
}

/** Converts an error to an `InvalidError` that names the file, because readers throw on invalid bytes. */
export function asInvalid(path: string, cause: unknown): Error {
  if (cause instanceof NotCarried || (cause instanceof Error && 'exitCode' in cause)) return cause;
  const what = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof NotRead) {
    return new InvalidError('unsupported-arrow', `${path} is Arrow that cannot be read: ${what}`, {
      file: path,
      hint: 'write it little-endian in types of Arrow 1.5 or before, or convert it to Parquet',
      cause,
    });
  }
  return new InvalidError('corrupt-input', `${path} is corrupt: ${what}`, {
    file: path,
    hint: 'write the file again, or convert it to Parquet',
    cause,
  });
}

function fileIndex(file: PositionedFile): IpcIndex {
  const end = file.size;
  const tail = Buffer.from(file.read(Math.max(0, end - 10), end).buffer);
  if (end < 8 + 10 || tail.subarray(4).toString('latin1') !== magic) {
    throw cutOff(file.path, `it begins as an Arrow file but does not end with ${magic}`);
  }
  const footerBytes = tail.readInt32LE(0);
  if (footerBytes <= 0 || footerBytes > end - 18)
    throw new Error(`its footer says it has ${footerBytes} bytes`);
  checkRoomForBytes(footerBytes, `${file.path}: its footer`);
  const footer = Footer.getRootAsFooter(new ByteBuffer(file.read(end - 10 - footerBytes, end - 10)));
  const schema = footer.schema();
  if (schema === null) throw new Error('its footer has no schema');
  file.fetched?.need(headersIn(footer, end));
  const batches: BatchLocation[] = [];
  for (let i = 0; i < bounded(footer.recordBatchesLength(), footer); i++) {
    const block = footer.recordBatches(i)!;
    batches.push(messageAt(file, Number(block.offset()), 'rows')!);
    lookAfter(batches);
  }
  const dictionaries = [];
  for (let i = 0; i < bounded(footer.dictionariesLength(), footer); i++) {
    const block = footer.dictionaries(i)!;
    dictionaries.push({ ...messageAt(file, Number(block.offset()), 'dictionary')!, beforeBatch: 0 });
  }
  return {
    kind: 'file',
    fields: readSchema(schema),
    batches,
    dictionaries,
    unionsHaveValidity: footer.version() < MetadataVersion.V5,
  };
}

/** Batches between two looks at the memory. */
const batchesBetween = 4096;

/** Throws `BudgetError` where so many batches fill the memory. */
function lookAfter(batches: readonly unknown[]): void {
  if (batches.length % batchesBetween === batchesBetween - 1) checkHeapRoom('listing the batches of a file');
}

/** Returns the locations of the batches' headers according to a footer. */
function headersIn(footer: Footer, size: number): ByteRange[] {
  const blocks = [
    ...Array.from(
      { length: bounded(footer.recordBatchesLength(), footer) },
      (_, i) => footer.recordBatches(i)!,
    ),
    ...Array.from(
      { length: bounded(footer.dictionariesLength(), footer) },
      (_, i) => footer.dictionaries(i)!,
    ),
  ];
  return blocks
    .map((block) => ({ start: Number(block.offset()), end: Number(block.offset()) + block.metaDataLength() }))
    .filter(({ start, end }) => start >= 0 && end > start && end <= size);
}

function streamIndex(file: PositionedFile): IpcIndex {
  const first = headerAt(file, 0);
  if (first === null || first.message.headerType() !== MessageHeader.Schema) {
    throw new Error('its first message is not a schema');
  }
  const fields = readSchema(first.message.header(new Schema()));
  const batches: BatchLocation[] = [];
  const dictionaries: (BatchLocation & { beforeBatch: number })[] = [];
  let at = first.bodyEnd;
  for (;;) {
    if (at >= file.size) {
      throw cutOff(file.path, `the Arrow stream has no end marker after ${batches.length} record batches`);
    }
    const location = messageAt(file, at, null);
    if (location === null) break;
    if (location.kind === 'rows') batches.push(location);
    else dictionaries.push({ ...location, beforeBatch: batches.length });
    lookAfter(batches);
    lookAfter(dictionaries);
    at = location.bodyEnd;
  }
  const unionsHaveValidity = first.message.version() < MetadataVersion.V5;
  return { kind: 'stream', fields, batches, dictionaries, unionsHaveValidity };
}

interface Header {
  readonly message: Message;
  readonly metadataStart: number;
  readonly metadataEnd: number;
  readonly bodyEnd: number;
}

/** Returns the message at a position; null at the end marker. Before Arrow 0.15 there was no such mark. */
function headerAt(file: PositionedFile, at: number): Header | null {
  if (at < 0 || at + 4 > file.size) throw cutOff(file.path, `a message begins at byte ${at} of ${file.size}`);
  const prefix = Buffer.from(file.read(at, Math.min(at + 8, file.size)).buffer);
  const marked = prefix.readUInt32LE(0) === 0xffffffff;
  if (marked && prefix.length < 8) throw cutOff(file.path, `a message begins at byte ${at} of ${file.size}`);
  const bytes = prefix.readInt32LE(marked ? 4 : 0);
  if (bytes === 0) return null;
  const metadataStart = at + (marked ? 8 : 4);
  const metadataEnd = metadataStart + bytes;
  if (bytes < 0) throw new Error(`the message at byte ${at} says it has ${bytes} bytes`);
  if (metadataEnd > file.size) {
    throw cutOff(
      file.path,
      `the message at byte ${at} needs ${bytes} bytes, ${file.size - metadataStart} are left`,
    );
  }
  checkRoomForBytes(bytes, `${file.path}: the metadata at byte ${at}`);
  const message = Message.getRootAsMessage(new ByteBuffer(file.read(metadataStart, metadataEnd)));
  const bodyBytes = Number(message.bodyLength());
  if (bodyBytes < 0) throw new Error(`the message at byte ${at} says its body has ${bodyBytes} bytes`);
  const bodyEnd = metadataEnd + bodyBytes;
  if (bodyEnd > file.size) {
    throw cutOff(
      file.path,
      `the batch at byte ${at} needs ${bodyBytes} bytes, ${file.size - metadataEnd} are left`,
    );
  }
  return { message, metadataStart, metadataEnd, bodyEnd };
}

function messageAt(
  file: PositionedFile,
  at: number,
  expected: BatchLocation['kind'] | null,
): BatchLocation | null {
  const header = headerAt(file, at);
  if (header === null) {
    if (expected !== null) throw new Error(`its footer names a batch at byte ${at}, where there is none`);
    return null;
  }
  const { message, metadataStart, metadataEnd, bodyEnd } = header;
  const range = { metadataStart, metadataEnd, bodyEnd };
  switch (message.headerType()) {
    case MessageHeader.RecordBatch: {
      if (expected === 'dictionary') break;
      const batch: RecordBatch = message.header(new RecordBatch());
      return { kind: 'rows', ...range, rows: rowCount(batch, bodyEnd - metadataEnd), id: 0n, isDelta: false };
    }
    case MessageHeader.DictionaryBatch: {
      if (expected === 'rows') break;
      const batch: DictionaryBatch = message.header(new DictionaryBatch());
      const data = batch.data();
      if (data === null) throw new Error(`the dictionary at byte ${at} has no values`);
      return {
        kind: 'dictionary',
        ...range,
        rows: rowCount(data, bodyEnd - metadataEnd),
        id: batch.id(),
        isDelta: batch.isDelta(),
      };
    }
  }
  throw new Error(
    `the message at byte ${at} is not ${expected === null ? 'a batch' : `a batch of ${expected}`}`,
  );
}

/**
 * Returns the number of rows of a batch. Throws if its first column has another length, or if an uncompressed
 * body has less than a bit for each row (no body at all is allowed).
 */
function rowCount(batch: RecordBatch, bodyBytes: number): number {
  const rows = Number(batch.length());
  const plain = batch.compression() === null && bodyBytes > 0;
  const inFirst = batch.nodesLength() > 0 ? Number(batch.nodes(0)!.length()) : rows;
  if (rows < 0 || rows > (plain ? 8 * bodyBytes : 0x7fff_ffff) || inFirst !== rows) {
    throw new Error(`a batch of ${rows} rows in ${bodyBytes} bytes, with ${inFirst} in its first column`);
  }
  return rows;
}

/** Parses the record batch at a location; a dictionary's is its one column of values. */
export function batchAt(file: PositionedFile, location: BatchLocation): RecordBatch {
  const message = Message.getRootAsMessage(
    new ByteBuffer(file.read(location.metadataStart, location.metadataEnd)),
  );
  if (location.kind === 'rows') return message.header(new RecordBatch());
  const data = (message.header(new DictionaryBatch()) as DictionaryBatch).data();
  if (data === null) throw new Error('a dictionary without values');
  return data;
}
