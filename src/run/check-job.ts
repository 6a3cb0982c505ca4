import { NightshiftError } from '../errors.js';
import { explainMapping, type InputRow, type OutputRow } from '../features/explain-mapping.js';
import type { Job } from '../job/job.js';
import { checkWritable, freeBytes } from '../storage/durable.js';
import { readMachine } from './machine.js';
import { listJobInputs, openPartition, planRun, type RunPlan } from './plan-run.js';

/** One thing that a preflight found; an `error` would fail the run or a partition. */
export interface CheckFinding {
  readonly level: 'error' | 'warning' | 'note';
  readonly about: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What `nightshift check` knows after it; nothing was written and no row was scored. */
export interface CheckReport {
  readonly plan: RunPlan;
  readonly mapping: { readonly inputs: readonly InputRow[]; readonly outputs: readonly OutputRow[] };
  readonly findings: readonly CheckFinding[];
  readonly inputBytes: number;
}

/**
 * Looks at everything that can be known before a run: model against columns, every header or footer, memory, disk, whether the output can be written.
 * Costs a try of the model and one opening of each input. Throws only for what stops the look itself (no input, no model).
 */
export async function checkJob(job: Job): Promise<CheckReport> {
  const inputs = await listJobInputs(job);
  const threads = job.run.threadsPerWorker === 'auto' ? 1 : job.run.threadsPerWorker;
  const plan = await planRun(job, inputs, threads);
  const findings: CheckFinding[] = plan.modelNotes.map((message) => note('model', message));
  for (const input of inputs) {
    try {
      const { source, notes } = await openPartition(plan, input);
      for (const message of notes) findings.push(note(input.name, message));
      await source.close();
    } catch (error) {
      findings.push(errorFinding(input.name, error));
    }
  }
  try {
    await checkWritable(job.output.path);
  } catch (error) {
    findings.push(errorFinding('output', error));
  }
  const inputBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  findings.push(...(await diskFindings(job, inputBytes)), ...(await memoryFindings(plan)));
  const { description, features, outputs } = plan;
  const mapping = explainMapping(description.inputs, features, description.outputs, outputs);
  return { plan, mapping, findings, inputBytes };
}

async function diskFindings(job: Job, inputBytes: number): Promise<CheckFinding[]> {
  const free = await freeBytes(job.output.path).catch(() => null);
  if (free === null || free > inputBytes) return [];
  const message = `${megabytes(free)} are free where the output goes, the input has ${megabytes(inputBytes)}`;
  return [
    {
      level: 'warning',
      about: 'disk',
      message,
      hint: 'the scores are usually smaller than the input; is it enough?',
    },
  ];
}

/** A worker holds the runtime (about 90 MB), the model twice over while it opens, and a few chunks. */
async function memoryFindings({ job, description }: RunPlan): Promise<CheckFinding[]> {
  const { memoryBytes, cores } = await readMachine();
  const limit = job.run.memoryBytes === 'auto' ? memoryBytes : Math.min(memoryBytes, job.run.memoryBytes);
  const workers = job.run.workers === 'auto' ? cores : job.run.workers;
  const weights = description.bytes + description.externalFiles.reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = 120e6 + workers * (90e6 + 2 * weights + 8 * job.run.chunkBytes);
  if (wanted <= limit) return [];
  const message = `about ${megabytes(wanted)} are wanted by ${workers} workers, ${megabytes(limit)} may be used`;
  return [{ level: 'warning', about: 'memory', message, hint: 'lower "run.workers" or "run.chunk_bytes"' }];
}

function errorFinding(about: string, error: unknown): CheckFinding {
  if (!(error instanceof NightshiftError)) throw error;
  return { level: 'error', about, message: error.message, hint: error.hint };
}

function note(about: string, message: string): CheckFinding {
  return { level: 'note', about, message, hint: null };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
