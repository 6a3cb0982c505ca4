import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorData, TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { keptValue } from '../process/kept-value.js';
import { changedModel } from './changed-model.js';
import { loadFailure } from './load-failure.js';
import { readModel } from './read-model.js';
import { refusalHint } from './refusal-hint.js';
import { type Rewrite, rewriteGraph } from './rewrite-graph.js';
import { runtimeMessage } from './runtime-message.js';

/** Which model to open, and how; plain data. */
export interface SessionPlan {
  /** The .onnx file, absolute. */
  readonly path: string;
  /** Refuses a file with another hash: it changed since the run was planned. Null skips the check. */
  readonly sha256: string | null;
  /** Applied before the runtime sees the graph; a subset of the rewrites of `describeModel`. */
  readonly rewrites: readonly Rewrite[];
  /** Threads inside one operator; 1 by default, because the runtime's own guess ignores cgroup limits. */
  readonly threads: number;
}

/** A model in memory, ready to run. */
export interface ModelSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Runs once; writes an output into a given tensor, or lets the runtime allocate it for null. Blocks the thread. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Record<string, Tensor | null>,
  ): Promise<Record<string, Tensor>>;
  /** Wraps data as the runtime's tensor without copying it. */
  tensor(type: TensorType, data: TensorData['data'], dims: readonly number[]): Tensor;
  release(): Promise<void>;
}

/**
 * Loads the runtime, silent and without its telemetry; 0.1 s the first time. Throws `InvalidError` if its native library does not support
 * this system, `TransientError` if it does not fit into the memory.
 */
async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const module = await import('onnxruntime-node').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_DLOPEN_FAILED' && cause.code !== 'MODULE_NOT_FOUND') throw cause;
    throw loadFailure(cause);
  });
  // It is CommonJS: the bundle has it under `default` alone, a loader of TypeScript by its names alone, Node under both.
  const ort = module.default ?? module;
  ort.env.logLevel = 'fatal';
  return ort;
}

/** Parsing a larger graph takes little of the time to open it. */
const mostKeptBytes = 16 * 2 ** 20;

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
 * Opens the model in this thread: one session holds its weights once, plus the buffers of the largest batch. Throws `InvalidError` if the
 * file changed, or if the runtime refuses it, with the runtime's own message.
 */
export async function openSession(plan: SessionPlan): Promise<ModelSession> {
  const source = await sourceOf(plan);
  const ort = await loadRuntime();
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: plan.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // 4 is FATAL: every failing run of a bisected batch would write an ERROR line, and its message reaches us anyway.
    logSeverityLevel: 4,
    // Patterns are stored per input shape; the last batch of a chunk has a new one each time.
    enableMemPattern: false,
    enableCpuMemArena: true,
    // A graph from memory has no folder; this option locates its data files.
    extra: { session: { model_external_initializers_file_folder_path: dirname(plan.path) } },
  };
  let session: InferenceSession;
  try {
    session =
      typeof source === 'string'
        ? await ort.InferenceSession.create(source, { ...options, extra: {} })
        : await ort.InferenceSession.create(source, options);
  } catch (cause) {
    throw new InvalidError(
      'model-refused',
      `the runtime cannot open "${plan.path}": ${runtimeMessage(cause)}`,
      {
        file: plan.path,
        cause,
        hint: refusalHint(runtimeMessage(cause), ort.env.versions.node ?? ''),
      },
    );
  }
  const halves = (
    globalThis as { Float16Array?: new (buffer: ArrayBufferLike, at: number, n: number) => object }
  ).Float16Array;
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
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

/**
 * Returns the path if the file can be opened unchanged, else the rewritten bytes; hashes an unchanged file without holding it in memory.
 */
async function sourceOf({ path, sha256, rewrites }: SessionPlan): Promise<string | Uint8Array> {
  const hash = createHash('sha256');
  const bytes = rewrites.length === 0 ? null : await readFile(path);
  if (sha256 !== null) {
    if (bytes === null) await pipeline(createReadStream(path), hash);
    else hash.update(bytes);
    if (hash.digest('hex') !== sha256) {
      throw changedModel(path);
    }
  }
  if (bytes === null) return path;
  const rewrite = async () => rewriteGraph(await readModel(bytes, path), rewrites);
  if (sha256 === null) return rewrite();
  return keptValue('graph', [sha256, rewrites], rewrite, ({ length }) => length <= mostKeptBytes);
}
