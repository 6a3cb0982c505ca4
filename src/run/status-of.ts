import { NightshiftError } from '../errors.js';
import type { Job } from '../job/job.js';
import { hashInput, hashNow } from '../storage/hash-input.js';
import { eachInGroups, inGroups } from '../storage/in-groups.js';
import type { InputFile } from '../storage/list-inputs.js';
import { hashJob } from './plan/hash-job.js';
import { listParts } from './plan/list-files.js';
import { noInput } from './plan/no-input.js';
import { scoredBefore } from './plan/scored-before.js';
import { type NewInputs, onlyNew } from './plan/since-last.js';
import { liveClaims } from './publish/claim.js';
import { readHeld } from './publish/commit.js';
import { readAttempts } from './records/attempts.js';
import { changedParts, changedWhileHeld, type Identity } from './records/identity.js';
import { type LastRun, readLastRun } from './records/last-run.js';
import { type Layout, layoutOf } from './records/layout.js';
import { programVersion } from './records/program-version.js';
import { entryReader, recordedPartitions } from './records/read-records.js';
import { type LedgerEntry, missingOutputs } from './records/record.js';

interface PartitionStatus {
  readonly partition: string;
  /**
   * `running`: a run is working on it. `held`: scored, and waiting for the run's gates. `outdated`:
   * published, but a dependency has changed. `unplanned`: published, but no longer an input.
   */
  readonly state:
    | 'published'
    | 'running'
    | 'held'
    | 'failed'
    | 'gated'
    | 'interrupted'
    | 'not-started'
    | 'outdated'
    | 'unplanned';
  readonly input: string | null;
  readonly rows: number | null;
  readonly rejected: number | null;
  /** Rows that other runs of the job have scored; absent without a watermark. */
  readonly left_out?: number;
  readonly attempts: number;
  /** For a failure: its stable code, and the exit code it alone would have had. */
  readonly reason: string | null;
  readonly exit_code: number | null;
  /** What to do about it. */
  readonly hint: string | null;
  readonly run_id: string | null;
  /** Why it is not published, or what has changed since. */
  readonly why: string;
  /** The parts of its identity that changed since it was last scored. */
  readonly changed: readonly string[];
}

export interface StatusReport {
  readonly job: string;
  readonly output: string;
  /** Runs in progress there. */
  readonly running: readonly { readonly run_id: string; readonly since: string; readonly host: string }[];
  /** How the last run, retry or finish ended, even before its first partition; null if unknown. */
  readonly last_run: LastRun | null;
  readonly partitions: readonly PartitionStatus[];
  readonly sentence: string;
}

const states = [
  'published',
  'running',
  'held',
  'failed',
  'gated',
  'interrupted',
  'outdated',
  'not-started',
  'unplanned',
] as const;

/** Throws as a run does if there is no input. */
export async function refuseAbsent(job: Job): Promise<void> {
  if ((await listParts(job)).length === 0) throw await noInput(job);
}

/** Lists the partitions of a job; with `input.since` those that are new, and what other runs have scored. */
async function partsOf(job: Job): Promise<Pick<NewInputs, 'inputs' | 'scoredRows' | 'published'>> {
  const parts = await listParts(job);
  return onlyNew(job, parts).catch((error: unknown) => {
    if (!(error instanceof NightshiftError) || error.reason !== 'nothing-new') throw error;
    return { inputs: [], scoredRows: new Map(), published: [] };
  });
}

/** Returns the state of every input in the run folder. Hashes the model, stats each input; writes nothing. */
export async function statusOf(job: Job): Promise<StatusReport> {
  const layout = layoutOf(job.output.path, job.output.format);
  const [recorded, held, attempts, claims, parts, model, lastRun] = await Promise.all([
    recordedPartitions(layout),
    readHeld(layout),
    readAttempts(layout),
    liveClaims(layout),
    partsOf(job),
    hashNow(job.model.path).catch(() => null),
    readLastRun(job.output.path),
  ]);
  const { inputs } = parts;
  const now: Now = {
    job: await hashJob(job),
    model,
    before: (input) => scoredBefore({ job, ...parts }, input),
  };
  const isBusy = claims.length > 0;
  const unplanned = new Set(recorded);
  const read = entryReader(layout);
  const partitions = await eachInGroups(inputs, async (input): Promise<PartitionStatus> => {
    const { partition } = input;
    const mark = attempts.get(partition);
    const crashes = isBusy ? 0 : (mark?.crashes ?? 0);
    const isRecorded = unplanned.delete(partition);
    const record = isRecorded ? await read(partition) : null;
    const waiting = held.get(partition) ?? null;
    if (isBusy && mark?.isRunning === true) return underWay(input, waiting ?? record);
    const changed =
      waiting === null ? [] : changedWhileHeld(waiting.identity, await identityNow(waiting, input, now));
    if (waiting !== null && changed.length === 0) return waits(input, waiting);
    if (record !== null) return statusLine(layout, input, record, crashes, now);
    return waiting === null ? unknown(input, crashes) : scoredInVain(input, waiting, changed);
  });
  for await (const records of inGroups([...unplanned], read))
    for (const record of records)
      if (record !== null && record.outputs.length > 0) partitions.push(leftOver(job, record));
  const count = (state: PartitionStatus['state']) => partitions.filter((one) => one.state === state).length;
  const counted = states.filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`);
  const none = inputs.length === 0 ? (await noInput(job)).message : null;
  return {
    job: job.name,
    output: layout.output,
    last_run: lastRun,
    running: claims.map(({ runId, startedAt, host }) => ({ run_id: runId, since: startedAt, host })),
    partitions,
    sentence: [...(none === null ? [] : [none]), ...(counted.length === 0 ? [] : [counted.join(', ')])].join(
      '; ',
    ),
  };
}

function leftOver(job: Job, record: LedgerEntry): PartitionStatus {
  const why =
    job.input.since === null
      ? 'its input no longer exists; the next complete run removes its files'
      : 'its input no longer exists; its files stay';
  return { ...factsOf(record), state: 'unplanned', input: null, why, changed: [] };
}

interface Now {
  readonly job: string;
  readonly model: string | null;
  before(input: InputFile): string | null;
}

function waits(input: InputFile, held: LedgerEntry): PartitionStatus {
  const why = 'waits for the gates of the whole run';
  return { ...factsOf(held), state: 'held', input: input.path, why, changed: [] };
}

/** A held partition that is no longer valid counts as not scored, in `finish` and in the next run. */
function scoredInVain(input: InputFile, held: LedgerEntry, changed: readonly string[]): PartitionStatus {
  const why = `was scored, but not published, and must be scored again; changed since: ${changed.join(', ')}`;
  return { ...unknown(input, 0), attempts: held.attempts, run_id: held.runId, why, changed };
}

function underWay(input: InputFile, record: LedgerEntry | null): PartitionStatus {
  const before = record === null ? unknown(input, 0) : factsOf(record);
  const why = 'a run is working on it';
  return { ...unknown(input, 0), ...before, state: 'running', input: input.path, why, changed: [] };
}

function unknown({ partition, path }: InputFile, crashes: number): PartitionStatus {
  return {
    partition,
    state: crashes > 0 ? 'interrupted' : 'not-started',
    input: path,
    rows: null,
    rejected: null,
    attempts: crashes,
    reason: null,
    exit_code: null,
    hint: null,
    run_id: null,
    why: crashes > 0 ? diedOver(crashes) : '',
    changed: [],
  };
}

function diedOver(crashes: number): string {
  return crashes === 1 ? 'a run crashed on it' : `runs crashed on it ${crashes} times`;
}

function factsOf(record: LedgerEntry): Omit<PartitionStatus, 'state' | 'input' | 'why' | 'changed'> {
  const { partition, rows, attempts, failure, runId } = record;
  return {
    partition,
    rows: rows.read,
    rejected: rows.rejected,
    ...(rows.left_out === undefined ? {} : { left_out: rows.left_out }),
    attempts,
    reason: failure?.reason ?? null,
    exit_code: failure?.exitCode ?? null,
    hint: failure?.hint ?? null,
    run_id: runId,
  };
}

async function statusLine(
  layout: Layout,
  input: InputFile,
  record: LedgerEntry,
  crashes: number,
  now: Now,
): Promise<PartitionStatus> {
  const facts = { ...factsOf(record), input: input.path };
  const changed = changedParts(record.identity, await identityNow(record, input, now));
  const missing = record.state === 'published' ? await missingOutputs(layout, record) : [];
  if (missing.length > 0) changed.push(`published file ${missing[0]}`);
  if (record.state === 'published' && changed.length > 0)
    return { ...facts, state: 'outdated', why: `changed since: ${changed.join(', ')}`, changed };
  const isDead = crashes > 0 && record.state !== 'failed';
  const first = record.failure?.message.split('\n')[0] ?? '';
  return {
    ...facts,
    state: isDead ? 'interrupted' : record.state,
    why: isDead ? diedOver(crashes) : first,
    changed,
  };
}

/** Returns the identity that a partition has now; reads its input only if it was hashed and touched since. */
async function identityNow({ identity }: LedgerEntry, input: InputFile, now: Now): Promise<Identity> {
  const { bytes, mtimeMs, etag } = input;
  const then = identity.input;
  const isTouched = then.bytes !== bytes || then.mtimeMs !== mtimeMs || then.etag !== etag;
  const isHashed = then.sha256 !== null;
  const sha256 = isHashed && isTouched ? await hashInput(input).catch(() => null) : then.sha256;
  const before = now.before(input);
  return {
    input: { bytes, mtimeMs, ...(etag === undefined ? {} : { etag }), sha256 },
    // The identity also contains the hash of the weights next to the model; the model's own hash is first.
    model: now.model === null || identity.model.startsWith(now.model) ? identity.model : now.model,
    job: now.job,
    program: programVersion(),
    ...(before === null ? {} : { before }),
  };
}
