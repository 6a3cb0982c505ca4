import type { SourceFinding } from '../../chunk/source-finding.js';
import { openBytes } from '../text/byte-stream.js';
import { linesBetween } from './line-finder.js';
import type { CsvDetails } from './source-details.js';

/**
 * The bytes that fill a lost part of a file: NUL (a hole in a file, space that was never written), 0xFF
 * (erased memory), also decoded from windows-1252, and blanks. Fewer than `least` bytes may be the padding of
 * a text: a disk loses at least a sector of 512 bytes, and texts are padded with more blanks than that.
 */
const fillings = [
  { mark: Buffer.of(0), least: 512 },
  { mark: Buffer.of(0xff), least: 512 },
  { mark: Buffer.of(0xc3, 0xbf), least: 512 },
  { mark: Buffer.alloc(64, ' '), least: 4096 },
];

/** Ranges of a text that contain nothing but one repeated byte. */
interface Holes {
  count: number;
  bytes: number;
  /** First byte of the first one, -1 where there is none. */
  start: number;
}

/** Finds holes in pieces of a text that follow each other without a gap. */
export interface HoleFinder {
  /** Examines a piece that begins at byte `start` of the text. Costs one fast search for each filling. */
  look(piece: Buffer, start: number): void;
  /** Returns the holes found, after the last piece. */
  end(): Holes;
}

export function holeFinder(): HoleFinder {
  const found: Holes = { count: 0, bytes: 0, start: -1 };
  /** For each filling, the start of the run at the end of the last piece; -1 if there is none. */
  const open = fillings.map(() => -1);
  let last = 0;

  function close(filling: number, end: number): void {
    const start = open[filling]!;
    open[filling] = -1;
    if (start < 0 || end - start < fillings[filling]!.least) return;
    found.count++;
    found.bytes += end - start;
    if (found.start < 0 || start < found.start) found.start = start;
  }

  return {
    look(piece, start) {
      for (const [i, { mark }] of fillings.entries()) {
        for (let at = 0; at < piece.length; ) {
          if (open[i]! < 0) {
            at = piece.indexOf(mark, at);
            if (at < 0) break;
            open[i] = start + at;
          }
          while (at < piece.length && piece[at] === mark[(start + at - open[i]!) % mark.length]) at++;
          if (at < piece.length) close(i, start + at);
        }
      }
      last = start + piece.length;
    },
    end() {
      for (const i of fillings.keys()) close(i, last);
      return found;
    },
  };
}

/** Returns findings about holes in an input: their content is lost, with an unknown number of rows. */
export async function holeFindings(
  { count, bytes, start }: Holes,
  path: string,
  { compression, dialect }: CsvDetails,
): Promise<SourceFinding[]> {
  if (count === 0) return [];
  const stream = await openBytes(path, compression, dialect.encoding, 0);
  let line = 1;
  try {
    const memory = Buffer.allocUnsafe(1 << 18);
    for (let at = 0; at < start; ) {
      const read = await stream.read(memory.subarray(0, Math.min(memory.length, start - at)), 0);
      if (read === 0) break;
      line += linesBetween(memory, 0, read, dialect.lineEnd === '\r');
      at += read;
    }
  } finally {
    await stream.close();
  }
  const where = count === 1 ? `from line ${line} on` : `in ${count} stretches from line ${line} on`;
  const sentence = `${bytes} bytes ${where} (byte ${start}) contain only one repeated byte: their original content is lost`;
  return [{ code: 'lost-bytes', level: 'check', sentence }];
}
