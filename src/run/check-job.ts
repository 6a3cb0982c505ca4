import { NightshiftError } from '../errors.js';
import { explainMapping, type InputRow, type OutputRow } from '../features/explain-mapping.js';
import type { Job } from '../job/job.js';
import { freeBytes } from '../storage/durable.js';
import { bytesOf, type InputFile } from '../storage/list-inputs.js';
import { withAddresses } from '../storage/s3/local-copies.js';
import { storeOf } from '../storage/store-of.js';
import { bytesText } from '../text/units.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import { unheldHint, unheldLimits } from './budgets/unheld-limits.js';
import type { CheckFinding } from './check-finding.js';
import type { ExportComparison } from './compare-export.js';
import { aboutComparison, exportFindings } from './export-findings.js';
import { explainPolicy } from './plan/explain-policy.js';
import { withLocalFiles } from './plan/local-files.js';
import type { OpenPartition } from './plan/open-partition.js';
import { openPartition } from './plan/open-planned.js';
import { heldBytesOf, withChallengers } from './plan/plan-challengers.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import { refuseRowless } from './plan/refuse-rowless.js';
import type { RunPlan } from './plan/run-plan.js';
import { sampleFeatures } from './plan/sample-features.js';
import { onlyNew } from './plan/since-last.js';
import { sliceBytes } from './plan/slice-bytes.js';

/** Result of `nightshift check`; it writes nothing, and scores rows only to compare two models. */
export interface CheckReport {
  readonly plan: RunPlan;
  readonly mapping: { readonly inputs: readonly CheckedInput[]; readonly outputs: readonly OutputRow[] };
  readonly findings: readonly CheckFinding[];
  /**
   * The result of comparing `model.path` with `model.compare_with`; null without the latter, or if they
   * cannot be compared.
   */
  readonly compared: ExportComparison | null;
  readonly inputBytes: number;
  readonly cores: number;
  readonly workers: number;
}

/** A line of the mapping, and how the contract and the model handle invalid values. */
export interface CheckedInput extends InputRow {
  readonly policy: string;
}

/**
 * Checks everything that can be known before a run: the model against the columns, every header or footer,
 * memory, disk, whether the output can be written. Costs a trial of the model, one opening of each input and
 * reading the first rows of 20; with `model.compare_with` also scoring a sample with two models. Throws only
 * for errors that stop the check itself (no input, no model), and the reason of the signal.
 */
export function checkJob(job: Job, signal: AbortSignal): Promise<CheckReport> {
  return withLocalFiles(job, async (local) => {
    const report = await checkLocal(local, signal);
    const { model } = report.plan;
    const plan = { ...report.plan, model: { ...model, path: withAddresses(model.path) } };
    return { ...report, plan, findings: report.findings.map(withAddress) };
  });
}

async function checkLocal(job: Job, signal: AbortSignal): Promise<CheckReport> {
  const { inputs, scoredRows, published } = await onlyNew(job, await listJobInputs(job));
  const planned = await planRun(job, inputs, signal);
  await refuseRowless(job, inputs, planned);
  const plan = await withChallengers({ ...planned, scoredRows, published }, inputs, signal);
  const findings: CheckFinding[] = [
    ...[...plan.model.notes, ...plan.model.unused].map((message) => note('model', message)),
    ...plan.model.warnings.map((message) => warning('model', message, null)),
    ...plan.challengers.flatMap(({ path, refused }) =>
      refused === null
        ? []
        : [
            warning(
              'challenger',
              `challenger "${path}" will not be scored: ${refused}`,
              'correct "model.challengers"; the run itself is not affected',
            ),
          ],
    ),
  ];
  for (const [i, input] of inputs.entries()) {
    signal.throwIfAborted();
    try {
      const opened = await openPartition(plan, input);
      for (const message of opened.notes) findings.push(note(input.name, message));
      for (const { level, sentence } of [...opened.findings, ...opened.source.description.findings])
        findings.push(level === 'check' ? warning(input.name, sentence, null) : note(input.name, sentence));
      if (i < mostSampled) findings.push(...(await featureFindings(plan, input.name, opened)));
    } catch (error) {
      findings.push(errorFinding(input.name, error));
    }
  }
  try {
    await storeOf(job.output.path).checkWritable(job.output.path);
  } catch (error) {
    findings.push(errorFinding('output', error));
  }
  const inputBytes = bytesOf(inputs);
  findings.push(...(await diskFindings(job, inputBytes)));
  const machine = await readMachine();
  const models = { threads: plan.model.threads, heldBytes: heldBytesOf(plan) };
  const { workers, note: fewer } = meansFor(job, machine, models, inputs, sliceBytes(plan));
  if (fewer !== null)
    findings.push(warning('memory', fewer, 'lower "run.chunk_bytes", or raise "run.memory"'));
  const unheld = unheldLimits(job);
  if (unheld !== null) findings.push(warning('run', unheld, unheldHint));
  const { description, features, outputs } = plan;
  signal.throwIfAborted();
  const compared = await compareWith(plan, inputs, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    findings.push(errorFinding(aboutComparison, error));
    return null;
  });
  if (compared !== null) findings.push(...exportFindings(compared, description.path));
  const { inputs: rows, outputs: scores } = explainMapping(
    description.inputs,
    features,
    description.outputs,
    outputs,
  );
  const contracts = new Map(plan.columns.map(({ contract }) => [contract.name, contract]));
  const checked = rows.map((row) => {
    const contract = contracts.get(row.column);
    return { ...row, policy: contract === undefined ? '' : explainPolicy(contract, row) };
  });
  return {
    plan,
    mapping: { inputs: checked, outputs: scores },
    findings,
    compared,
    inputBytes,
    cores: machine.cores,
    workers,
  };
}

async function compareWith(
  plan: RunPlan,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<ExportComparison | null> {
  const { compareWith: path } = plan.job.model;
  if (path === null) return null;
  const { compareExport } = await import('./compare-export.js');
  return compareExport(plan, path, inputs, signal);
}

/** Maximum number of inputs whose first rows are read; a job may have ten thousand. */
const mostSampled = 20;

/**
 * Returns features without a usable value in the first rows of an input: if the rest is like them, they would
 * exceed the run's gate.
 */
async function featureFindings(plan: RunPlan, about: string, opened: OpenPartition): Promise<CheckFinding[]> {
  const { severity, mayBeMissing } = plan.gates.partition.emptyFeatures;
  if (severity === 'ignore') return [];
  const level = severity === 'fail' ? 'error' : 'warning';
  const hint =
    'correct "type", "layouts" or "source" of the column; if the values are right, set "quality.empty_features: warn"';
  return (await sampleFeatures(plan, opened, mayBeMissing)).map(({ sentence }) => ({
    level,
    about,
    message: `feature ${sentence}`,
    hint,
  }));
}

async function diskFindings(job: Job, inputBytes: number): Promise<CheckFinding[]> {
  const { path } = job.output;
  const free = await freeBytes(storeOf(path).stagingDisk(path)).catch(() => null);
  if (free === null || free > inputBytes) return [];
  const message = `${bytesText(free)} are free for the output, but the input has ${bytesText(inputBytes)}`;
  return [warning('disk', message, 'check that this is enough; scores are usually smaller than the input')];
}

/**
 * Returns an error as a finding; rethrows one that does not concern the job: the check itself may run out of
 * open files.
 */
function errorFinding(about: string, error: unknown): CheckFinding {
  if (!(error instanceof NightshiftError) || error.reason === 'too-many-files') throw error;
  return { level: 'error', about, message: error.message, hint: error.hint, exit_code: error.exitCode };
}

/** Names objects by their addresses, not by their copies. */
function withAddress(finding: CheckFinding): CheckFinding {
  const { about, message, hint } = finding;
  return {
    ...finding,
    about: withAddresses(about),
    message: withAddresses(message),
    hint: hint === null ? null : withAddresses(hint),
  };
}

function note(about: string, message: string): CheckFinding {
  return { level: 'note', about, message, hint: null };
}

function warning(about: string, message: string, hint: string | null): CheckFinding {
  return { level: 'warning', about, message, hint };
}
