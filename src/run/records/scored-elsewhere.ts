import { basename, dirname } from 'node:path';
import type { Job } from '../../job/job.js';
import { anyValue, dateValue } from '../../job/variables.js';
import { inGroups } from '../../storage/in-groups.js';
import { join, rootOf } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import type { Identity } from './identity.js';
import type { Intent } from './intent.js';
import { layoutOf } from './layout.js';
import type { RecordedMarks } from './marks.js';
import { readJsonIfThere } from './read-json.js';
import { type PartitionRecord, readWithoutQuality } from './record.js';

/** An input that a run of the job has published in another folder. */
export interface ScoredInput {
  readonly path: string;
  readonly partition: string;
  readonly input: Identity['input'];
  /** False if only rows of an earlier state of the input are published. */
  readonly isCurrent: boolean;
  /** Which of its rows, if not all. */
  readonly marks: RecordedMarks | null;
  /** Rows that it left to other runs. */
  readonly leftOut: number;
  /** Its scored file; null while the run has only decided to publish it. */
  readonly output: string | null;
  readonly runId: string;
  readonly folder: string;
}

/** Everything that runs of the job have published in other folders. */
export interface ScoredElsewhere {
  readonly inputs: readonly ScoredInput[];
  /** The folders, each with a mark that changes with every record. */
  readonly marks: ReadonlyMap<string, string>;
}

/**
 * Returns the inputs that runs of a job have published in the other folders of its series: those that
 * `output.path` names with other values of its variables. Keeps no state of its own: reads the beginning of
 * each record. Throws as described at `storageError`.
 */
export async function scoredElsewhere(job: Job): Promise<ScoredElsewhere> {
  const marks = await markFolders(job);
  const inputs: ScoredInput[] = [];
  for (const folder of marks.keys()) {
    const { records, intents } = layoutOf(folder, job.output.format);
    // What a killed run had decided to publish, its rerun publishes.
    for (const below of [records, intents]) {
      const names = (await storeOf(below).names(below)).filter((name) => name.endsWith('.json'));
      for await (const found of inGroups(names, (name) => readScored(folder, join(below, name))))
        inputs.push(...found.flat().filter((one) => one !== null));
    }
  }
  return { inputs, marks };
}

/** Returns the other run folders of a job's series, each with a mark that changes with every record. */
export async function markFolders(job: Job): Promise<ReadonlyMap<string, string>> {
  const marks = new Map<string, string>();
  for (const folder of await foldersOf(job)) {
    const { records } = layoutOf(folder, job.output.format);
    const mark = await storeOf(records).version(records);
    if (mark !== null && (await isOfJob(folder, job))) marks.set(folder, mark);
  }
  return marks;
}

/** Returns the inputs of a record, an intent, or a group of intents; null for each that is not published. */
async function readScored(folder: string, path: string): Promise<(ScoredInput | null)[]> {
  if (basename(dirname(path)) !== 'intents') {
    const record = await readWithoutQuality<unknown>(path, '}').catch(() => null);
    return [scoredBy(folder, record as PartitionRecord | null, false)];
  }
  const found = (await readJsonIfThere(path).catch(() => null)) as (Intent & { intents?: Intent[] }) | null;
  const intents = found === null ? [] : (found.intents ?? [found]);
  return intents.map(({ record }) => scoredBy(folder, record, true));
}

function scoredBy(folder: string, record: PartitionRecord | null, isIntent: boolean): ScoredInput | null {
  if (typeof record?.identity?.input?.bytes !== 'number') return null;
  const { partition, runId, identity, input, outputs, rows } = record;
  const scored = outputs.find((one) => one.path.startsWith('part-'));
  // Where a later try failed, the files of an earlier one stay published.
  const isCurrent = record.state === 'published';
  if (!isCurrent && scored === undefined) return null;
  return {
    path: input.path,
    partition,
    input: identity.input,
    isCurrent,
    marks: scored?.marks ?? null,
    leftOut: rows.left_out ?? 0,
    output: isIntent || scored === undefined ? null : join(folder, scored.path),
    runId,
    folder,
  };
}

/** Returns the folders of the job's series except its own, in order. */
async function foldersOf({ output }: Job): Promise<string[]> {
  if (output.series === null) return [];
  const { root, names } = rootOf(output.series);
  let folders = [root];
  for (const name of names) {
    if (!name.includes(anyValue) && !name.includes(dateValue)) {
      folders = folders.map((folder) => join(folder, name));
      continue;
    }
    const pattern = patternOf(name);
    const below: string[] = [];
    for (const folder of folders) {
      const found = await storeOf(folder).names(folder);
      below.push(...found.filter((one) => pattern.test(one)).map((one) => join(folder, one)));
    }
    folders = below.sort();
  }
  return folders.filter((folder) => folder !== output.path);
}

function patternOf(name: string): RegExp {
  const text = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${text.replaceAll(dateValue, '\\d[\\dTZ:.-]*').replaceAll(anyValue, '.+')}$`, 's');
}

/** More than the part of a manifest that names its job. */
const headBytes = 4096;

/** Returns false for the folder of another job, by the beginning of its manifest; true without one. */
async function isOfJob(folder: string, { name, output }: Job): Promise<boolean> {
  const { manifest } = layoutOf(folder, output.format);
  const head = await storeOf(manifest)
    .readWith(manifest, async (file) => {
      for await (const piece of file.pieces(headBytes))
        return Buffer.from(piece).toString('utf8', 0, headBytes);
      return '';
    })
    .catch(() => '');
  const found = /"job":\s*\{\s*"name":\s*("(?:[^"\\]|\\.)*")/.exec(head)?.[1];
  return found === undefined || JSON.parse(found) === name;
}
