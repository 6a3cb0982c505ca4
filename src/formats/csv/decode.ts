import type { Chunk, Origin } from '../../chunk/chunk.js';
import { Problems } from '../../chunk/problem.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { type ByteSlice, sliceOf } from '../../chunk/slice.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { lendCsvKernel } from '../../kernels/lend-csv-kernel.js';
import type { Decoder, SourceDescription } from '../format.js';
import { loadDateLibrary } from '../text/zoned-time.js';
import { byteFit } from './byte-fit.js';
import { cellReader } from './cell-reader.js';
import type { Decoding, Reading } from './decoding.js';
import type { Dialect } from './dialect.js';
import { kernelDialect, kernelScans } from './kernel-dialect.js';
import { linesBetween } from './line-finder.js';
import { sliceLoader } from './load-slice.js';
import { marksOf } from './marks.js';
import { type NarrowBlock, narrowBlock } from './narrow-block.js';
import { clip } from './repair-row.js';
import { type RowLocation, rowLocations } from './row-locations.js';
import { rowKind, rowReader, slack } from './row-reader.js';
import { readRows } from './slice-rows.js';
import { csvDetails } from './source-details.js';
import { structureKinds } from './structure-problems.js';

/** Larger slices are examined before they are read: one may be an endless line. */
const largestSlice = 64 * 1024 * 1024;

/**
 * Creates a decoder of one CSV source: regular rows go through the kernel, which parses the plan's columns
 * straight from bytes, all others through the repair lane into the same columns. Holds one slice in the
 * kernel's memory; throws `TransientError` if the file has become shorter.
 */
export async function openDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  const { dialect, headers } = csvDetails(source.details);
  await loadDateLibrary(plan.columns);
  const { kernel, giveBack } = await lendCsvKernel(kernelDialect(dialect), plan.columns);
  const reading = readingOf(source, plan, kernel, dialect);
  const { reader, kinds, marks } = reading;
  const cells = cellReader(kernel, plan);
  const isDirect = kernelScans(dialect);
  const loader = sliceLoader(source.path, kernel);
  let isDecoding = false;

  /** Returns how many bytes of a slice are loaded at first: a large one may be an endless row. */
  function firstLoad({ start, end, bytes }: ByteSlice): number {
    if (bytes !== null) return bytes.length;
    return end - start > largestSlice ? dialect.maxRowBytes + slack : end - start;
  }

  /** Returns the slice that is decoded, followed by an LF; null if its first row is too long to read. */
  async function begin(slice: ByteSlice): Promise<Decoding | null> {
    const length = slice.end - slice.start;
    const loaded = firstLoad(slice);
    const isPeeked = slice.bytes === null && loaded < length;
    let bytes = await loader.load(isPeeked ? { ...slice, end: slice.start + loaded } : slice);
    reader.reset(bytes, loaded, loaded === length);
    const firstEnd = bytes.indexOf(10);
    if (loaded !== length || firstEnd < 0 || firstEnd > dialect.maxRowBytes) {
      const first = reader.read(0);
      if (first === rowKind.tooLong || first === rowKind.needMore) return null;
    }
    if (isPeeked) bytes = await loader.load(slice);
    const lastByte = bytes[length - 1];
    if (!isDirect) reader.reset(bytes, length, true);
    const narrow = isDirect ? null : narrowBlock(bytes, length, reader, marks);
    const end = narrow?.end ?? length;
    bytes[end] = 10;
    reader.reset(bytes, end, true);
    return {
      ...reading,
      bytes,
      end,
      narrow,
      cutOff: slice.last && lastByte !== 10 && lastByte !== 13,
      scans: (isDirect && slice.byRow !== true) || narrow !== null,
      memoryBytes: kernel.memoryBytes,
      problems: new Problems(),
      repaired: rowLocations(),
    };
  }

  /** Returns the chunk of a slice that is one row too long to read. */
  function tooLong(slice: ByteSlice): Chunk {
    const loaded = firstLoad(slice);
    kernel.appendRow([]);
    const problems = new Problems();
    problems.add(kinds.kind('row-too-long', null, 'rejected'), 0, slice.end - slice.start);
    const where = { narrow: null, range: () => ({ start: 0, end: loaded }), linesBefore: () => 0 };
    return {
      rows: 1,
      columns: cells.read(problems),
      problems,
      origin: originOf(slice, () => block(loaded), where),
    };
  }

  /** Returns the current content of the kernel's memory, wherever it has moved. */
  function block(length: number): Buffer {
    const view = kernel.block();
    return Buffer.from(view.buffer, view.byteOffset, length);
  }

  return {
    async decode(anySlice) {
      const slice = sliceOf('bytes', anySlice);
      isDecoding = true;
      const decoding = await begin(slice).finally(() => {
        isDecoding = false;
      });
      if (decoding === null) return tooLong(slice);
      const { end, narrow, problems, repaired } = decoding;
      const isNarrow = narrow !== null;
      readRows(decoding, headers, isNarrow);
      const loneCr = dialect.lineEnd === '\r';
      return {
        rows: kernel.rows,
        columns: cells.read(problems),
        problems,
        origin: originOf(slice, () => block(end), {
          narrow,
          range: (row) => repaired.find(row) ?? kernel.rowRange(row) ?? { start: 0, end: 0 },
          linesBefore: (start) =>
            loneCr ? linesBetween(block(end), 0, start, true) : kernel.lines(0, start),
        }),
      };
    },
    async close() {
      await loader.close();
      // Bytes may still be written to its memory.
      if (!isDecoding) giveBack();
    },
  };
}

function readingOf(
  { columns }: SourceDescription,
  plan: ReadPlan,
  kernel: CsvKernel,
  dialect: Dialect,
): Reading {
  const marks = marksOf(dialect);
  return {
    kernel,
    dialect,
    marks,
    reader: rowReader(marks),
    kinds: structureKinds(dialect),
    names: columns.map(({ name }, i) => plan.columns.find((column) => column.source === i)?.name ?? name),
    hasQuotedColumns: dialect.quotedColumns.includes(true),
    fitAt: byteFit(dialect.shapes),
  };
}

/** Locates the rows of a block. */
interface RowFinder {
  /** How the block was rewritten for the kernel, null if it was not. */
  readonly narrow: NarrowBlock | null;
  range(row: number): RowLocation;
  linesBefore(start: number): number;
}

function originOf(slice: ByteSlice, block: () => Buffer, { narrow, range, linesBefore }: RowFinder): Origin {
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
