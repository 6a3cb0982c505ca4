import type { Tensor } from 'onnxruntime-node';
import type { Feeds, TensorData } from '../chunk/tensor.js';
import { tensorCache } from './open-scorer.js';
import { padFeeds } from './pad-feeds.js';
import type { ModelSession } from './runtime-session.js';

/**
 * How a row's answer depends on its neighbours: `none`; `digits`: only the last digits change, with the
 * neighbours or with its position; `rows`: it changes by more than rounding; `random`: it changes from run to
 * run; `untried`: the model fails on the generated rows.
 */
export type BatchDependence = 'none' | 'digits' | 'rows' | 'random' | 'untried';

/** Generated rows to try a model with. */
interface Trial {
  readonly session: ModelSession;
  readonly feeds: (from: number, to: number) => Feeds;
  /** Number of ordinary rows among them. */
  readonly rows: number;
  readonly constants: ReadonlySet<string>;
  /** Outputs with one answer per row. */
  readonly outputs: readonly string[];
}

/**
 * Tests whether answers depend on the batch, as with dynamic quantization, which takes its scales from each
 * batch: the same ordinary rows, scored in one batch, in pieces, in reverse order, and as the beginning of a
 * batch of `batchRows`, must get identical answers. Costs a run of each.
 */
export function dependsOnBatch(trial: Trial, batchRows: number): Promise<BatchDependence> {
  return tryOut(trial, async (run) => {
    const { feeds, rows, constants, outputs } = trial;
    const whole = await run(feeds(0, rows));
    if (compareRows(await run(feeds(0, rows)), whole, outputs, rows) !== 'none') return 'random';
    const long = Math.max(batchRows, 2 * rows);
    const padded = await run(padFeeds(feeds(0, rows), rows, long, constants, rows));
    const found = [compareRows(padded, whole, outputs, rows)];
    const reversed = await run(reverseFeeds(feeds(0, rows), rows, constants));
    found.push(compareRows(reversed, whole, outputs, rows, (row) => rows - 1 - row));
    for (const size of [rows / 2, rows / 4]) {
      for (let from = 0; from < rows; from += size) {
        const piece = await run(feeds(from, from + size));
        found.push(compareRows(piece, whole, outputs, size, (row) => from + row));
      }
    }
    return worst(found);
  });
}

/**
 * Tests a model whose batch axis is the number `fixedRows`: as many ordinary rows as fit, in order, in
 * reverse, half of them followed by copies of the last (as at the end of a file), and a few, each in a batch
 * of its copies. A batch of one row has no neighbours.
 */
export function dependsOnFixedBatch(trial: Trial, fixedRows: number): Promise<BatchDependence> {
  return tryOut(trial, async (run) => {
    const { feeds, constants, outputs } = trial;
    const rows = Math.min(trial.rows, fixedRows);
    const filled = (fed: Feeds, count: number, repeated: number) =>
      count === fixedRows ? fed : padFeeds(fed, count, fixedRows, constants, repeated);
    const whole = await run(filled(feeds(0, rows), rows, rows));
    const again = await run(filled(feeds(0, rows), rows, rows));
    if (compareRows(again, whole, outputs, rows) !== 'none') return 'random';
    if (fixedRows === 1) return 'none';
    const reversed = await run(filled(reverseFeeds(feeds(0, rows), rows, constants), rows, 1));
    const found = [compareRows(reversed, whole, outputs, rows, (row) => rows - 1 - row)];
    const half = Math.ceil(rows / 2);
    found.push(compareRows(await run(filled(feeds(0, half), half, 1)), whole, outputs, half));
    for (let row = 0; row < Math.min(rows, mostAlone); row++) {
      const alone = await run(filled(feeds(row, row + 1), 1, 1));
      found.push(compareRows(alone, whole, outputs, 1, () => row));
    }
    return worst(found);
  });
}

/** Number of rows tested among their own copies: each costs a batch. */
const mostAlone = 8;

type Fetched = Readonly<Record<string, Tensor>>;

async function tryOut(
  { session, outputs }: Trial,
  judge: (run: (fed: Feeds) => Promise<Fetched>) => Promise<BatchDependence>,
): Promise<BatchDependence> {
  const tensors = tensorCache(session);
  const fetches = Object.fromEntries(outputs.map((name) => [name, null]));
  try {
    return await judge((fed) => session.run(tensors(fed), { ...fetches }));
  } catch {
    return 'untried';
  }
}

type Difference = 'none' | 'digits' | 'rows';

function worst(found: readonly Difference[]): Difference {
  return found.includes('rows') ? 'rows' : found.includes('digits') ? 'digits' : 'none';
}

/** Compares the first `rows` rows of `some` with the rows of `all` at indices `at`. */
function compareRows(
  some: Fetched,
  all: Fetched,
  outputs: readonly string[],
  rows: number,
  at: (row: number) => number = (row) => row,
): Difference {
  return worst(
    outputs.flatMap((name) => {
      const scale = largest(valuesOf(all[name]!));
      return Array.from({ length: rows }, (_, row) =>
        compareValues(rowOf(some[name]!, row), rowOf(all[name]!, at(row)), scale),
      );
    }),
  );
}

type Values = ArrayLike<number | bigint | string>;

function compareValues(a: Values, b: Values, scale: number): Difference {
  let difference: Difference = 'none';
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const [x, y] = [Number(a[i]), Number(b[i])];
    const near = 1e-4 * Math.max(Math.abs(x), Math.abs(y)) + 1e-6 * scale;
    // False for NaN.
    if (!(Math.abs(x - y) <= near)) return 'rows';
    difference = 'digits';
  }
  return difference;
}

/** Returns the largest finite magnitude; 0 for texts and whole numbers, which do not round. */
function largest(values: Values): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value))
      most = Math.max(most, Math.abs(value));
  }
  return most;
}

function rowOf(tensor: Tensor, row: number): Values {
  const width = tensor.size / tensor.dims[0]!;
  const values = valuesOf(tensor);
  return ArrayBuffer.isView(values)
    ? (values as Float32Array).subarray(row * width, (row + 1) * width)
    : (values as readonly string[]).slice(row * width, (row + 1) * width);
}

/** Returns a tensor's values; half floats as their bits read as numbers, which is enough to test equality. */
function valuesOf({ data }: Tensor): Values {
  return data as unknown as Values;
}

/** Returns feeds of `rows` rows in reverse order. Copies. */
function reverseFeeds(feeds: Feeds, rows: number, constants: ReadonlySet<string>): Feeds {
  const reversed: Record<string, TensorData> = {};
  for (const [name, feed] of Object.entries(feeds)) {
    reversed[name] = constants.has(name) ? feed : reverseTensor(feed, rows);
  }
  return reversed;
}

function reverseTensor({ type, dims, data }: TensorData, rows: number): TensorData {
  const width = data.length / rows;
  const order = Array.from({ length: rows }, (_, row) => rows - 1 - row);
  if (!ArrayBuffer.isView(data)) {
    return { type, dims, data: order.flatMap((row) => data.slice(row * width, (row + 1) * width)) };
  }
  const back = data.slice() as Uint8Array;
  for (const [at, row] of order.entries())
    back.set((data as Uint8Array).subarray(row * width, (row + 1) * width), at * width);
  return { type, dims, data: back };
}
