import { stat } from 'node:fs/promises';
import {
  type Age,
  ageGates,
  repeatedInputGates,
  type SameInput,
  unreadInputGates,
} from '../../quality/freshness-gates.js';
import type { GateResult } from '../../quality/gate.js';
import type { PlannedJob, RunPlan } from '../plan/run-plan.js';
import { type KnownInputs, otherInputs, readKnown, writeKnownInputs } from '../records/known-inputs.js';
import { type PartitionOutcome, recordEntry } from '../records/outcomes.js';

/** Things that may be too old: inputs, model and baseline. */
type AgedPlan = PlannedJob & Pick<RunPlan, 'description' | 'baseline'>;

/** Checks the age of inputs, baseline and model, and that no input was delivered before or twice. */
export async function checkFreshness(
  plan: AgedPlan,
  outcomes: readonly PartitionOutcome[],
  now: number,
): Promise<GateResult[]> {
  const { job } = plan;
  const ages = ageGates(await agesOf(plan, now));
  if (job.quality.repeatedInput === 'ignore') return ages;
  const printed = fingerprintsOf(outcomes);
  const prints = printed.map(([, print]) => print);
  const own = await ownInputs(job, prints);
  const { known, unread } = await otherInputs(job.output.path, job.name, prints);
  const repeated = repeatedInputGates(repeatedOf(printed, own, known), job.quality.repeatedInput);
  return [...repeated, ...unreadInputGates(unread), ...ages];
}

/** Records the inputs of a run for later runs. */
export async function noteInputs(
  { job }: Pick<PlannedJob, 'job'>,
  outcomes: readonly PartitionOutcome[],
): Promise<void> {
  const printed = fingerprintsOf(outcomes);
  const inputs = new Map(printed.map(([partition, print, runId]) => [print, { partition, run_id: runId }]));
  for (const [print, { run_id }] of await ownInputs(job, [...inputs.keys()]))
    inputs.set(print, { ...inputs.get(print)!, run_id });
  await writeKnownInputs(job.output.path, {
    job: job.name,
    date: job.date,
    inputs,
  });
}

/** Returns what earlier runs of the job's own folder noted; nothing if that is unknown. */
async function ownInputs(
  { output, name }: RunPlan['job'],
  prints: readonly string[],
): Promise<KnownInputs['inputs']> {
  const known = await readKnown(output.path, name, prints);
  return known === null || 'why' in known ? new Map() : known.inputs;
}

async function agesOf({ job, inputs, description, baseline }: AgedPlan, now: number): Promise<Age[]> {
  const { input, baseline: ofBaseline, model } = job.quality.maxAge;
  const ages: Age[] = [];
  const oldest = inputs.reduce<(typeof inputs)[number] | null>(
    (old, one) => (old === null || one.mtimeMs < old.mtimeMs ? one : old),
    null,
  );
  if (oldest !== null)
    ages.push({
      code: 'stale-input',
      what: `input ${oldest.name}`,
      ageMs: now - oldest.mtimeMs,
      gate: input,
    });
  if (baseline !== null) {
    const ageMs = now - Date.parse(baseline.createdAt);
    ages.push({ code: 'stale-baseline', what: 'the baseline', ageMs, gate: ofBaseline });
  }
  if (model.warn !== null || model.fail !== null) {
    const { mtimeMs } = await stat(description.path);
    ages.push({ code: 'stale-model', what: 'the model', ageMs: now - mtimeMs, gate: model });
  }
  return ages;
}

/** Of two folders with the same input, the one that read it first is right. */
function repeatedOf(
  printed: readonly Printed[],
  own: KnownInputs['inputs'],
  others: readonly KnownInputs[],
): SameInput[] {
  const here = new Map<string, string>();
  const repeated: SameInput[] = [];
  for (const [partition, print] of printed) {
    const twin = here.get(print);
    const since = own.get(print)?.run_id ?? null;
    const earlier = others.find(({ inputs }) => {
      const run = inputs.get(print)?.run_id;
      return run !== undefined && (since === null || run < since);
    });
    if (twin !== undefined) repeated.push({ partition, other: `input ${twin} of this run` });
    else if (earlier !== undefined) {
      const of = earlier.date === null ? '' : ` for ${earlier.date}`;
      const { partition: name, run_id } = earlier.inputs.get(print)!;
      repeated.push({ partition, other: `input ${name} of run ${run_id}${of}` });
    }
    here.set(print, partition);
  }
  return repeated;
}

/** A partition, the fingerprint of its input, and the run that scored it. */
type Printed = readonly [partition: string, print: string, runId: string];

/** Ignores inputs without a row: empty files are all alike. */
function fingerprintsOf(outcomes: readonly PartitionOutcome[]): Printed[] {
  return outcomes.flatMap((outcome) => {
    const record = recordEntry(outcome);
    const print = record?.input.fingerprint ?? null;
    return print === null || record!.rows.read === 0
      ? []
      : [[outcome.partition, print, record!.runId] as const];
  });
}
