import { keptValue } from '../process/kept-value.js';
import { checkSizes } from './check-sizes.js';
import { codedOutputs, codesOf } from './codes-of.js';
import type { ModelDescription } from './describe-model.js';
import { probeModel } from './probe-model.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';
import { type Prober, startProber } from './prober.js';

/** A model that is known to open, with the findings of its trial runs on generated rows. */
export interface PreparedModel {
  /** The result of `describeModel`, with the codes of a proven rewrite and the true widths of outputs. */
  readonly description: ModelDescription;
  readonly report: ProbeReport;
}

const neverStopped = new AbortController().signal;
const cache = new Map<string, Promise<ProbeReport>>();
const probedPaths = new Set<string>();

/** Returns true if this process has probed the model at `path`, so that the answer is probably cached. */
export function isProbed(path: string): boolean {
  return probedPaths.has(path);
}

/**
 * Opens and probes the model in a separate short-lived process, so that a model that aborts, hangs or
 * exhausts memory cannot end this one; `'here'` uses this process, which blocks. Costs about 0.3 s, less with
 * a prober that was started ahead, and next to nothing if the cache has the answer; caches the answer to a
 * request. Throws `InvalidError` if the runtime refuses the model or crashes on it, `TransientError` if the
 * process is killed from outside.
 */
export async function prepareModel(
  request: ProbeRequest,
  where: 'here' | (() => Prober) = () => startProber(neverStopped),
): Promise<PreparedModel> {
  checkSizes(request.description, request.shape.widths, request.fixedRows);
  if (request.description.trees !== null) return prepareTrees(request);
  const { path } = request.description;
  const parts = partsOf(request);
  const key = JSON.stringify([path, parts]);
  let report = cache.get(key);
  if (report === undefined) {
    report =
      where === 'here'
        ? probeModel(request)
        : keptValue(
            'proof',
            parts,
            () => where().ask(request),
            (made) => holdsAnywhere(made, path),
          );
    cache.set(key, report);
    probedPaths.add(path);
    report.catch(() => cache.delete(key));
  }
  const answer = await report;
  return { description: applyReport(request.description, answer), report: answer };
}

/**
 * Returns the result that a trial of a file of trees would have: each row is scored by itself, and no batch
 * size is faster.
 */
function prepareTrees({ description, batchRows, shape }: ProbeRequest): PreparedModel {
  const width = Math.max(1, ...Object.values(shape.widths));
  const report: ProbeReport = {
    rewrites: [],
    refuted: [],
    lackedLocale: null,
    outputs: null,
    failure: null,
    batchRows:
      batchRows === 'auto'
        ? Math.max(64, Math.min(treeBatchRows, Math.floor(treeBatchValues / width)))
        : batchRows,
    dependsOnBatch: 'none',
    rates: [],
  };
  return { description, report };
}

/** Rows, and values of features, that are scored at once. */
const treeBatchRows = 8192;
const treeBatchValues = 2 ** 20;

/**
 * Returns true for a report of a model that answered, that does not quote this copy's path, and that does not
 * depend on what is installed.
 */
function holdsAnywhere({ outputs, refuted, lackedLocale }: ProbeReport, path: string): boolean {
  return outputs !== null && lackedLocale === null && refuted.every(({ reason }) => !reason.includes(path));
}

/** Returns all that a report depends on: where the model lies matters only to weights in files beside it. */
function partsOf(request: ProbeRequest): readonly unknown[] {
  const { description, shape, fixedRows, rewrite, batchRows, threads } = request;
  const path = description.externalFiles.length === 0 ? null : description.path;
  const constants = Object.entries(shape.constants).map(([name, { type, dims, data }]) => [
    name,
    type,
    dims,
    Array.from(data as ArrayLike<unknown>, String),
  ]);
  return [{ ...description, path }, shape.widths, constants, fixedRows, rewrite, batchRows, threads];
}

function applyReport(description: ModelDescription, report: ProbeReport): ModelDescription {
  const codes = codesOf(report.rewrites);
  const outputCodes = codedOutputs(report.rewrites);
  const seen = new Map(report.outputs?.map((output) => [output.name, output]));
  return {
    ...description,
    inputs: description.inputs.map((input) => ({ ...input, codes: codes.get(input.name) ?? null })),
    outputs: description.outputs.map((output) => {
      const probed = seen.get(output.name);
      const coded = { ...output, codes: outputCodes.get(output.name) ?? null };
      if (probed === undefined) return coded;
      if (!probed.rows) {
        const shape = `[${(output.dims ?? []).map((dim) => dim ?? '?').join(', ')}]`;
        return { ...coded, refused: `does not answer per row: its shape ${shape} has no axis of rows` };
      }
      const width = probed.tail.reduce((product, dim) => product * dim, 1);
      const labels =
        output.classLabels !== null && output.classLabels.length === width ? output.classLabels : null;
      return { ...coded, dims: [null, ...probed.tail], classLabels: labels };
    }),
  };
}
