import { dirname } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorData, TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { loadFailure } from './load-failure.js';
import { withOtherLocale } from './other-locale.js';
import { isAboutLocale, refusalHint } from './refusal-hint.js';
import { runtimeMessage } from './runtime-message.js';

/** A model in memory, ready to run. */
export interface ModelSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The locale of the graph that the system lacks, in whose place it is opened with `C.UTF-8`. */
  readonly lackedLocale?: string;
  /** Runs once; writes outputs into given tensors, or lets the runtime allocate (null). Blocks the thread. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Record<string, Tensor | null>,
  ): Promise<Record<string, Tensor>>;
  /** Wraps data as the runtime's tensor without copying it. */
  tensor(type: TensorType, data: TensorData['data'], dims: readonly number[]): Tensor;
  release(): Promise<void>;
}

/**
 * Loads the runtime, silent and without its telemetry; 0.1 s the first time. Throws `InvalidError` if its
 * native library does not support this system, `TransientError` if it does not fit into the memory.
 */
async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const module = await import('onnxruntime-node').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_DLOPEN_FAILED' && cause.code !== 'MODULE_NOT_FOUND') throw cause;
    throw loadFailure(cause);
  });
  // It is CommonJS: bundles have it under `default`, TypeScript loaders by its names, Node under both.
  const ort = module.default ?? module;
  ort.env.logLevel = 'fatal';
  return ort;
}

/** The smallest model that the runtime opens: one Identity node over a tensor of one float. */
const leastModel = 'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=';

/** Loads and starts the runtime: the first session of a process takes 0.1 s longer than later ones. */
export async function warmRuntime(): Promise<void> {
  const ort = await loadRuntime();
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 as const };
  const session = await ort.InferenceSession.create(Buffer.from(leastModel, 'base64'), options);
  await session.release();
}

/**
 * Opens a graph of the model at `path` in this thread, from a file or from bytes: one session holds its
 * weights once, plus the buffers of the largest batch; `threads` are those inside one operator. Throws
 * `InvalidError` if the runtime refuses it, with the runtime's own message.
 */
export async function openRuntime(
  source: string | Uint8Array,
  path: string,
  threads: number,
): Promise<ModelSession> {
  const ort = await loadRuntime();
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // 4 is FATAL: every failing run of a bisected batch would write an ERROR line; we get its message anyway.
    logSeverityLevel: 4,
    // Patterns are stored per input shape; the last batch of a chunk has a new one each time.
    enableMemPattern: false,
    enableCpuMemArena: true,
    // A graph from memory has no folder; this option locates its data files.
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  };
  const create = (graph: string | Uint8Array) =>
    typeof graph === 'string'
      ? ort.InferenceSession.create(graph, { ...options, extra: {} })
      : ort.InferenceSession.create(graph, options);
  let session: InferenceSession;
  let lacked: string | null = null;
  try {
    session = await create(source).catch(async (cause) => {
      const other = isAboutLocale(runtimeMessage(cause)) ? await withOtherLocale(source, path) : null;
      if (other === null) throw cause;
      lacked = other.named;
      return create(other.graph);
    });
  } catch (cause) {
    throw new InvalidError('model-refused', `the runtime cannot open "${path}": ${runtimeMessage(cause)}`, {
      file: path,
      cause,
      hint: refusalHint(runtimeMessage(cause), ort.env.versions.node ?? ''),
    });
  }
  const halves = (
    globalThis as { Float16Array?: new (buffer: ArrayBufferLike, at: number, n: number) => object }
  ).Float16Array;
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    ...(lacked === null ? {} : { lackedLocale: lacked }),
    run: (feeds, fetches) => session.run(feeds, fetches) as Promise<Record<string, Tensor>>,
    tensor(type, data, dims) {
      // JavaScript engines with Float16Array require it for float16; the bits are the same.
      const given =
        type === 'float16' && halves !== undefined && data instanceof Uint16Array
          ? new halves(data.buffer, data.byteOffset, data.length)
          : data;
      return new ort.Tensor(type as 'float32', given as Float32Array, dims);
    },
    release: () => session.release(),
  };
}
