import { type FileHandle, open } from 'node:fs/promises';
import type { Chunk, Origin } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import { addProblem, noProblems } from '../../chunk/problem.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { type ByteSlice, sliceOf } from '../../chunk/slice.js';
import { TransientError } from '../../errors.js';
import { openCsvKernel } from '../../kernels/open-csv-kernel.js';
import type { Decoder, SourceDescription } from '../format.js';
import { loadDateLibrary } from '../text/zoned-time.js';
import { byteFit } from './byte-fit.js';
import { cellReader } from './cell-reader.js';
import type { Decoding } from './decoding.js';
import { kernelDialect, kernelScans } from './kernel-dialect.js';
import { type NarrowBlock, narrowBlock } from './narrow-block.js';
import { clip } from './repair-row.js';
import { type RowLocation, rowLocations } from './row-locations.js';
import { linesBetween, marksOf, rowKind, rowReader, slack } from './row-reader.js';
import { headerNeedles, readRows } from './slice-rows.js';
import { csvDetails } from './source-details.js';
import { structureKinds } from './structure-problems.js';

/** Larger slices are examined before they are read: one may be a line without end. */
const largestSlice = 64 * 1024 * 1024;

/**
 * Creates a decoder of one CSV source: regular rows go through the kernel, which parses the plan's columns straight from bytes, all others
 * through the repair lane into the same columns. Holds one slice in the kernel's memory; throws `TransientError` if the file has become
 * shorter.
 */
export async function openDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  const { dialect, headers } = csvDetails(source.details);
  const kernel = await openCsvKernel();
  await loadDateLibrary(plan.columns);
  kernel.prepare(kernelDialect(dialect), plan.columns);
  const marks = marksOf(dialect);
  const reader = rowReader(marks);
  const kinds = structureKinds(dialect);
  const names = source.columns.map(
    ({ name }, i) => plan.columns.find((column) => column.source === i)?.name ?? name,
  );
  const cells = cellReader(kernel, plan);
  const direct = kernelScans(dialect);
  const hasQuotedColumns = dialect.quotedColumns.includes(true);
  const fitAt = byteFit(dialect.shapes);
  let file: FileHandle | null = null;

  async function load(slice: ByteSlice): Promise<Buffer> {
    const length = slice.end - slice.start;
    const taken = slice.bytes === null ? length : slice.bytes.length;
    const view = kernel.input(taken);
    const memory = Buffer.from(view.buffer, view.byteOffset, view.length);
    if (slice.bytes !== null) {
      memory.set(slice.bytes);
      return memory;
    }
    file ??= await open(source.path, 'r');
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(memory, at, length - at, slice.start + at);
      if (bytesRead === 0) throw shrunk(source.path, slice.start + at);
      at += bytesRead;
    }
    return memory;
  }

  /** Returns the current content of the kernel's memory, wherever it has moved. */
  function block(length: number): Buffer {
    const view = kernel.block();
    return Buffer.from(view.buffer, view.byteOffset, length);
  }

  /** Returns the chunk of a slice that is one row too long to read. */
  function tooLong(slice: ByteSlice, taken: number): Chunk {
    kernel.appendRow([]);
    const problems = noProblems();
    addProblem(problems, kinds.kind('row-too-long', null, 'rejected'), 0, slice.end - slice.start);
    const origin = originOf(
      slice,
      null,
      () => ({ start: 0, end: taken }),
      () => block(taken),
      () => 0,
    );
    return { rows: 1, columns: cells.read(problems), problems, origin };
  }

  return {
    async decode(anySlice) {
      const slice = sliceOf('bytes', anySlice);
      const length = slice.end - slice.start;
      const peeked = length > largestSlice && slice.bytes === null;
      let bytes = await load(peeked ? { ...slice, end: slice.start + dialect.maxRowBytes + slack } : slice);
      const loaded = peeked ? dialect.maxRowBytes + slack : (slice.bytes?.length ?? length);
      reader.reset(bytes, loaded, loaded === length);
      const firstEnd = bytes.indexOf(10);
      if (loaded !== length || firstEnd < 0 || firstEnd > dialect.maxRowBytes) {
        const first = reader.read(0);
        if (first === rowKind.tooLong || first === rowKind.needMore) return tooLong(slice, loaded);
      }
      if (peeked) {
        bytes = await load(slice);
        reader.reset(bytes, length, true);
      }
      const lastByte = bytes[length - 1];
      const cutOff = slice.last && lastByte !== 10 && lastByte !== 13;
      if (!direct) reader.reset(bytes, length, true);
      const narrow = direct ? null : narrowBlock(bytes, length, reader, marks);
      const end = narrow?.end ?? length;
      const decoding: Decoding = {
        kernel,
        reader,
        dialect,
        marks,
        hasQuotedColumns,
        fitAt,
        kinds,
        names,
        cutOff,
        end,
        bytes,
        memoryBytes: kernel.memoryBytes,
        problems: noProblems(),
        scans: direct || narrow !== null,
        narrow,
        repaired: rowLocations(),
      };
      bytes[end] = 10;
      reader.reset(bytes, end, true);
      readRows(
        decoding,
        headers.flatMap((header) => headerNeedles(header, dialect, narrow !== null)),
      );
      const { problems, repaired } = decoding;
      const rows = kernel.rows;
      const columns: Map<string, Column> = cells.read(problems);
      const loneCr = dialect.lineEnd === '\r';
      const origin = originOf(
        slice,
        narrow,
        (row) => repaired.find(row) ?? kernel.rowRange(row) ?? { start: 0, end: 0 },
        () => block(end),
        (start) => (loneCr ? linesBetween(block(end), 0, start, true) : kernel.lines(0, start)),
      );
      return { rows, columns, problems, origin };
    },
    async close() {
      await file?.close();
      file = null;
    },
  };
}

function originOf(
  slice: ByteSlice,
  narrow: NarrowBlock | null,
  range: (row: number) => RowLocation,
  block: () => Buffer,
  linesBefore: (start: number) => number,
): Origin {
  return {
    firstRow: slice.firstRow,
    locate(row) {
      const { start } = range(row);
      return {
        line: slice.firstLine + linesBefore(start),
        byteOffset: slice.start + (narrow?.offsetOf(start) ?? start),
      };
    },
    raw(row, limit) {
      const { start, end } = range(row);
      const bytes = block().subarray(start, Math.min(end, start + limit * 4));
      return clip((narrow?.restore(bytes) ?? bytes).toString('utf8'), limit);
    },
  };
}

function shrunk(path: string, at: number): TransientError {
  return new TransientError(
    'input-changed',
    `${path} became shorter while it was being read: it ends at byte ${at}`,
    {
      file: path,
      hint: 'run again when it is complete',
    },
  );
}
