import type { Tensor } from 'onnxruntime-node';
import type { Feeds, TensorData } from '../chunk/tensor.js';
import { tensorCache } from './open-scorer.js';
import type { ModelSession } from './open-session.js';
import { padFeeds } from './pad-feeds.js';

/**
 * Whether a row's answer depends on the rows that are scored with it, as with dynamic quantisation, which takes its scales from each batch: the first `rows` made-up
 * rows, scored in one batch, in pieces, and as the beginning of a batch of `batchRows`, must answer the same to the bit. A model that fails on them tells
 * nothing: false. Costs a run of each.
 */
export async function dependsOnBatch(
  session: ModelSession,
  feeds: (from: number, to: number) => Feeds,
  rows: number,
  constants: ReadonlySet<string>,
  outputs: readonly string[],
  batchRows: number,
): Promise<boolean> {
  const tensors = tensorCache(session);
  const fetches = Object.fromEntries(outputs.map((name) => [name, null]));
  const run = (fed: Feeds) => session.run(tensors(fed), { ...fetches });
  try {
    const whole = await run(feeds(0, rows));
    const long = Math.max(batchRows, 2 * rows);
    if (!isPart(whole, await run(padFeeds(feeds(0, rows), rows, long, constants, rows)), outputs, 0, rows))
      return true;
    for (const size of [rows / 2, rows / 4]) {
      for (let from = 0; from < rows; from += size) {
        if (!isPart(await run(feeds(from, from + size)), whole, outputs, from, rows)) return true;
      }
    }
    return false;
  } catch {
    return false;
  }
}

/** Whether the rows that both have are the same to the bit: those of `part` stand in `all` from row `from` on, and neither is looked at beyond `rows` rows. */
function isPart(
  part: Readonly<Record<string, Tensor>>,
  all: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
  from: number,
  rows: number,
): boolean {
  return outputs.every((name) => {
    const [few, many] = [part[name]!, all[name]!];
    const width = few.size / few.dims[0]!;
    const start = from * width;
    const size = Math.min(few.dims[0]!, rows) * width;
    const [a, b] = [slice(few, 0, size), slice(many, start, start + size)];
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
  });
}

/** Numbers as their bytes, so that NaN equals NaN. */
function slice(tensor: Tensor, from: number, to: number): ArrayLike<string | number> {
  const data = tensor.data as TensorData['data'];
  if (!ArrayBuffer.isView(data)) return data.slice(from, to);
  const part = data.subarray(from, to);
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}
