import type { Tensor } from 'onnxruntime-node';

type Fetched = Readonly<Record<string, Tensor>>;

/** Returns the first of `rows` rows whose answers differ by a bit; -1 if none does. */
export function firstDifference(expected: Fetched, found: Fetched, rows: number): number {
  let first = rows;
  for (const [name, a] of Object.entries(expected)) {
    const b = found[name]!;
    if (a.type !== b.type || a.dims.join() !== b.dims.join()) return 0;
    const [left, right] = [unitsOf(a), unitsOf(b)];
    for (let i = 0; i < left.length; i++)
      if (left[i] !== right[i]) {
        first = Math.min(first, Math.floor((i * rows) / left.length));
        break;
      }
  }
  return first === rows ? -1 : first;
}

function unitsOf({ data }: Tensor): ArrayLike<string | number> {
  if (!ArrayBuffer.isView(data)) return data as string[];
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
