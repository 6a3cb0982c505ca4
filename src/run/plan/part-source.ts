import type { Slice } from '../../chunk/slice.js';
import type { SkippedLines, Source } from '../../formats/format.js';
import type { FilePart } from '../../storage/list-inputs.js';

/**
 * Returns the source of a part of a file: the slices of the whole file that begin within the part's share of
 * its bytes, with the rows, lines and offsets that they have in the file. So the parts together have exactly
 * the slices of the whole file. Cutting also reads the bytes before the part (CSV and JSON Lines; Parquet and
 * Arrow read only their index), because only they show where its rows begin.
 */
export function partOf(source: Source, part: FilePart): Source {
  const skipped: SkippedLines = new Map();
  const span: { before: number; rows: number | null } = { before: 0, rows: null };
  return {
    description: { ...source.description, rows: null },
    about: source.about,
    cells: source.cells,
    skipped,
    span,
    get findings() {
      return source.findings;
    },
    ...(source.carry === undefined ? {} : { carry: source.carry }),
    cut: (chunkBytes, signal) => cutPart(source, part, chunkBytes, skipped, span, signal),
  };
}

async function* cutPart(
  source: Source,
  { index, count, partBytes }: FilePart,
  chunkBytes: number,
  skipped: SkippedLines,
  span: { before: number; rows: number | null },
  signal: AbortSignal | undefined,
): AsyncGenerator<Slice> {
  let position = 0;
  let isBegun = false;
  skipped.clear();
  span.before = 0;
  span.rows = null;
  for await (const slice of source.cut(chunkBytes, signal)) {
    const at = Math.min(count - 1, Math.floor(position / partBytes));
    position += slice.inputBytes;
    if (at > index) {
      span.rows = isBegun ? slice.firstRow - 1 - span.before : 0;
      return;
    }
    if (at < index) {
      // Lines skipped up to here belong to an earlier part.
      source.skipped.clear();
      continue;
    }
    if (!isBegun) span.before = slice.firstRow - 1;
    isBegun = true;
    copySkipped(source.skipped, skipped);
    yield slice;
  }
  copySkipped(source.skipped, skipped);
}

function copySkipped(from: SkippedLines, to: SkippedLines): void {
  to.clear();
  for (const [code, { count, lines }] of from) to.set(code, { count, lines: [...lines] });
}
