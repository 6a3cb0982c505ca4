import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { keptValue } from '../process/kept-value.js';
import { changedModel } from './changed-model.js';
import { checkedSession } from './ensembles/checked-session.js';
import type { WalkedTrees } from './ensembles/find-walks.js';
import { openEnsembles } from './ensembles/open-ensembles.js';
import { readModel } from './read-model.js';
import { type Rewrite, rewriteGraph } from './rewrite-graph.js';
import { type ModelSession, openRuntime } from './runtime-session.js';

/** Which model to open, and how; plain data. */
export interface SessionPlan {
  /** The .onnx file, absolute. */
  readonly path: string;
  /** Refuses a file with another hash: it changed since the run was planned. Null skips the check. */
  readonly sha256: string | null;
  /** Applied before the runtime sees the graph; a subset of the rewrites of `describeModel`. */
  readonly rewrites: readonly Rewrite[];
  /** Rows that the runtime scores as well where `rewrites` has trees, to compare them; 0 or absent: none. */
  readonly checkedRows?: number;
  /** Threads inside one operator; 1 by default, because the runtime's own guess ignores cgroup limits. */
  readonly threads: number;
}

/** Parsing a larger graph takes little of the time to open it. */
const mostKeptBytes = 16 * 2 ** 20;

/** Opens the model in this thread. Throws `InvalidError` if it changed, or with the runtime's message. */
export async function openSession(plan: SessionPlan): Promise<ModelSession> {
  const walked = plan.rewrites.filter((rewrite) => rewrite.kind === 'walk-trees');
  if (walked.length > 0) return openWalked(plan, walked);
  return openRuntime(await sourceOf(plan), plan.path, plan.threads);
}

/** Opens a graph whose tree ensembles our loops score. */
async function openWalked(plan: SessionPlan, walked: readonly WalkedTrees[]): Promise<ModelSession> {
  const { path, threads, checkedRows = 0 } = plan;
  const rest = plan.rewrites.filter(({ kind }) => kind !== 'walk-trees');
  const bytes = await bytesOf({ ...plan, rewrites: rest });
  const names = walked.map(({ output }) => output);
  const session = await openEnsembles(bytes, path, names, threads);
  const openWhole = async () => openRuntime(await sourceOf({ ...plan, rewrites: rest }), path, threads);
  return checkedRows === 0 ? session : checkedSession(session, openWhole, checkedRows, path);
}

/** Returns the bytes of the graph with a plan's rewrites applied. */
export async function bytesOf(plan: Omit<SessionPlan, 'threads'>): Promise<Uint8Array> {
  const { path, sha256, rewrites } = plan;
  const bytes = await readFile(path);
  if (sha256 !== null && createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw changedModel(path);
  return rewrites.length === 0 ? bytes : rewritten(plan, bytes);
}

/** Returns the path if the file is opened unchanged, else the rewritten bytes; hashes it in pieces. */
async function sourceOf(plan: SessionPlan): Promise<string | Uint8Array> {
  const { path, sha256, rewrites } = plan;
  if (rewrites.length > 0) return bytesOf(plan);
  if (sha256 === null) return path;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== sha256) throw changedModel(path);
  return path;
}

async function rewritten(
  { path, sha256, rewrites }: Omit<SessionPlan, 'threads'>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const rewrite = async () => rewriteGraph(await readModel(bytes, path), rewrites);
  if (sha256 === null) return rewrite();
  return keptValue('graph', [sha256, rewrites], rewrite, ({ length }) => length <= mostKeptBytes);
}
