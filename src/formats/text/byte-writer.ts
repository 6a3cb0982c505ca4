/**
 * A growing buffer of encoded rows. Always has room for `rowBytes` more, enough for a row's keys, numbers and
 * signs; texts reserve their own room.
 */
export class ByteWriter {
  bytes: Uint8Array;
  at = 0;

  constructor(private readonly rowBytes: number) {
    this.bytes = Buffer.allocUnsafe(rowBytes);
  }

  /** Makes room for `more` bytes and `rowBytes` after them. */
  reserve(more: number): void {
    const needed = this.at + more + this.rowBytes;
    if (needed <= this.bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    wider.set(this.bytes.subarray(0, this.at));
    this.bytes = wider;
  }

  /** Writes bytes as they are. */
  copy(source: Uint8Array): void {
    this.reserve(source.length);
    for (let from = 0; from < source.length; from++) this.bytes[this.at++] = source[from]!;
  }
}

/** Writes the cell of a row. */
export type CellWriter = (row: number) => void;

/** Writes a value at `at`; returns its end. */
export type WriteValue<T> = (out: Uint8Array, at: number, value: T) => number;

/** Returns the writer of a column of numbers; the buffer always has room for a row of them. */
export function numberWriter<T>(
  out: ByteWriter,
  values: { readonly [row: number]: T },
  write: WriteValue<T>,
): CellWriter {
  return (row) => {
    out.at = write(out.bytes, out.at, values[row]!);
  };
}
