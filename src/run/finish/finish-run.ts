import { decisionFields } from '../../features/decide.js';
import { inputColumns } from '../../features/feature-plan.js';
import { buildSummary, type PartitionFacts, type RunFacts } from '../../quality/build-summary.js';
import type { Summary } from '../../quality/summary.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { withAddresses } from '../../storage/s3/local-copies.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import { type Judgement, unwatched } from '../judge/judge-run.js';
import { modelNotes, type RunPlan } from '../plan/run-plan.js';
import { crashPoint } from '../publish/crash-point.js';
import type { Gathered } from '../records/gathered.js';
import type { Layout } from '../records/layout.js';
import { isCovered, isPublished, type PartitionOutcome, recordEntry } from '../records/outcomes.js';
import { programVersion } from '../records/program-version.js';
import type { Failure, PartitionRecord } from '../records/record.js';
import { partitionFacts } from './partition-facts.js';

/** The course of a run, besides its partitions. */
interface RunCourse {
  readonly runId: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly workers: number;
  readonly peakRssBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly exitCode: number;
  readonly reason: string;
  readonly judgement: Judgement;
  readonly notes: readonly string[];
}

/**
 * Writes the results of a run: `_summary.json`, `_summary.html`, `_manifest.json`, and last of all
 * `_SUCCESS`, which exists only if every planned partition is published and no gate closed. Returns the
 * summary.
 */
export async function finishRun(
  layout: Layout,
  plan: RunPlan,
  outcomes: readonly PartitionOutcome[],
  covered: Gathered,
  course: RunCourse,
): Promise<Summary> {
  const partitions = partitionFacts(plan.inputs, outcomes, covered.inputs);
  const facts = runFacts(layout, plan, partitions, covered, course);
  const summary = buildSummary(facts, course.judgement.drift);
  const store = storeOf(layout.output);
  crashPoint('settled');
  await store.write(layout.summary, `${JSON.stringify(summary, null, 2)}\n`);
  const { renderPage } = await import('../../quality/page/render-page.js');
  await store.write(layout.page, renderPage(summary));
  await store.write(layout.manifest, manifestText(plan, outcomes, covered, course, summary));
  crashPoint('manifested');
  if (course.exitCode === 0 && outcomes.every(isPublished)) await writeSuccess(layout);
  else await store.remove(layout.success);
  return summary;
}

/** Writes `_SUCCESS`; removes it again if it cannot be made durable, because the run then fails. */
async function writeSuccess({ success }: Layout): Promise<void> {
  const store = storeOf(success);
  await store.write(success, '').catch(async (error: unknown) => {
    await store.remove(success).catch(() => {});
    throw error;
  });
}

function runFacts(
  layout: Layout,
  plan: RunPlan,
  partitions: Iterable<PartitionFacts>,
  covered: Gathered,
  course: RunCourse,
): RunFacts {
  const { job, description, baseline } = plan;
  return {
    job: job.name,
    date: job.date,
    runId: course.runId,
    program: programVersion(),
    startedAt: course.startedAt.toISOString(),
    finishedAt: new Date(course.startedAt.getTime() + course.durationMs).toISOString(),
    durationMs: course.durationMs,
    exitCode: course.exitCode,
    reason: course.reason,
    output: layout.output,
    workers: course.workers,
    peakRssBytes: course.peakRssBytes,
    memoryLimitBytes: course.memoryLimitBytes,
    model: {
      path: withAddresses(description.path),
      sha256: description.sha256,
      bytes: description.bytes,
      inputs: description.inputs.map(({ name }) => name),
      columns: inputColumns(plan.features),
      outputs: description.outputs.map(({ name }) => name),
      notes: modelNotes(plan.model),
    },
    partitions,
    covered,
    gates: course.judgement.gates,
    features: plan.features.columns,
    keys: job.columns.filter(({ key }) => key).map(({ name }) => name),
    redact: job.redact,
    unwatched: [...unwatched(plan.gates.run)],
    decided: plan.outputs.columns.flatMap(({ name, decisions }) =>
      decisions === null ? [] : decisionFields(name, decisions).map((field) => field.name),
    ),
    baseline:
      baseline === null || job.quality.baseline === null
        ? null
        : { path: withAddresses(job.quality.baseline), content: baseline },
    challengers: covered.challengers.filter(({ path }) => job.model.challengers.includes(path)),
    before: course.judgement.earlier,
    notes: course.notes,
  };
}

/** Yields `_manifest.json` in pieces, one per partition. */
function* manifestText(
  plan: RunPlan,
  outcomes: readonly PartitionOutcome[],
  { inputs: sources }: Gathered,
  course: RunCourse,
  summary: Summary,
): Generator<string> {
  const head = toJson({ ...manifestHead(plan, course, summary), partitions: [] });
  const end = head.lastIndexOf(']');
  yield head.slice(0, end);
  let mark = '\n    ';
  for (const [i, outcome] of outcomes.entries()) {
    const source = isCovered(outcome) ? sources.get(outcome.partition) : undefined;
    const entry = toJson(manifestPartition(plan.inputs[i]!, outcome, source ?? null));
    yield mark + entry.replaceAll('\n', '\n    ');
    mark = ',\n    ';
    if (i % 1024 === 0) trimWhereGrown();
  }
  yield `${outcomes.length === 0 ? '' : '\n  '}${head.slice(end)}\n`;
}

/**
 * Returns the inputs (sizes, hashes), the outputs (rows, bytes, SHA-256), and the versions; everything except
 * the partitions.
 */
function manifestHead(plan: RunPlan, course: RunCourse, { verdict, findings, challengers }: Summary): object {
  const { job, description } = plan;
  return {
    kind: 'nightshift-manifest',
    version: 1,
    job: {
      name: job.name,
      file: job.file,
      sha256: plan.jobHash,
      date: job.date,
      variables: job.variables,
    },
    run_id: course.runId,
    started_at: course.startedAt.toISOString(),
    duration_ms: course.durationMs,
    exit_code: course.exitCode,
    reason: course.reason,
    verdict: verdict.level,
    findings: findings
      .slice(0, 20)
      .map(({ level, code, column, sentence }) => ({ level, code, column, sentence })),
    versions: { nightshift: programVersion(), node: process.versions.node },
    model: {
      path: withAddresses(description.path),
      sha256: description.sha256,
      bytes: description.bytes,
      opsets: description.opsets,
      producer: description.producer,
      external_files: description.externalFiles.map((file) => ({ ...file, path: withAddresses(file.path) })),
      rewrites: plan.model.rewrites,
      batch: plan.model.batch,
      threads_per_worker: plan.model.threads,
      notes: modelNotes(plan.model),
    },
    ...(challengers.length === 0 ? {} : { challengers }),
    decisions: plan.outputs.columns.flatMap(({ name, decisions }) =>
      decisions === null ? [] : [{ column: name, ...decisions }],
    ),
    contract: plan.columns.map(({ contract, isFeature, isCarried }) => ({
      ...contract,
      isFeature,
      isCarried,
    })),
  };
}

function manifestPartition(
  input: InputFile,
  outcome: PartitionOutcome,
  source: PartitionRecord['input'] | null,
): object {
  const { state, failure } = outcome;
  const record = recordEntry(outcome);
  return {
    partition: input.partition,
    state,
    failure: failure === null ? null : failureFacts(failure),
    input: {
      path: input.path,
      bytes: input.bytes,
      modified_at: new Date(input.mtimeMs).toISOString(),
      sha256: record?.identity.input.sha256 ?? null,
      format: record?.input.format ?? null,
      details: source?.details ?? null,
      notes: source?.notes ?? [],
      findings: source?.findings ?? [],
    },
    rows: record?.rows ?? null,
    outputs: record?.outputs ?? [],
    run_id: record?.runId ?? null,
    duration_ms: record?.durationMs ?? null,
  };
}

function failureFacts({ reason, message, hint, exitCode }: Failure): object {
  return { reason, message, hint, exit_code: exitCode };
}

/** Returns JSON with whole numbers beyond double precision (from an int64) as texts, so none is rounded. */
function toJson(value: object): string {
  try {
    // A function for each value takes most of the time; hardly any is a whole number of 64 bits.
    return JSON.stringify(value, null, 2);
  } catch {
    const replace = (_: string, item: unknown) =>
      typeof item !== 'bigint' ? item : Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
    return JSON.stringify(value, replace, 2);
  }
}
