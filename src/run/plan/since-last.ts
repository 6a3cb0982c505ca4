import { basename } from 'node:path';
import { InvalidError, NoInputError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { hashInput } from '../../storage/hash-input.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { counted } from '../../text/units.js';
import type { Identity } from '../records/identity.js';
import { layoutOf } from '../records/layout.js';
import { areAllScored, disjoint, rangesOf, type ScoredRange } from '../records/marks.js';
import { type ScoredElsewhere, type ScoredInput, scoredElsewhere } from '../records/scored-elsewhere.js';
import { pinnedNames } from './pinned-plan.js';

/** By the path of an input, in order: its rows that other runs have scored. */
export type ScoredRows = ReadonlyMap<string, readonly ScoredRange[]>;

/** The inputs of a run, and what it knows about other runs of the job; null without `input.since`. */
export interface NewInputs {
  readonly inputs: readonly InputFile[];
  readonly elsewhere: ScoredElsewhere | null;
  readonly scoredRows: ScoredRows;
  /** Inputs that other runs have published, if rows with their keys are left out; else empty. */
  readonly published: readonly ScoredInput[];
}

/**
 * Returns the inputs that no run of the job has published in another folder, if `input.since` asks for that;
 * those of a saved plan, if there is one. Names the others in the findings of the first input. Throws as
 * `input.on_empty` says if none is left.
 */
export async function onlyNew(
  job: Job,
  listed: readonly InputFile[],
  { isSaving = false }: { readonly isSaving?: boolean } = {},
): Promise<NewInputs> {
  if (job.input.since === null)
    return { inputs: listed, elsewhere: null, scoredRows: new Map(), published: [] };
  const elsewhere = await scoredElsewhere(job);
  const scoredRows = rowsByPath(job, elsewhere.inputs);
  const published = job.input.since.key.length > 0 ? elsewhere.inputs : [];
  const known = { before: elsewhere.inputs, scoredRows, published };
  const { fresh, scored, changed } = await sortOut(job, listed, known);
  if (fresh.length === 0 && listed.length > 0 && job.input.onEmpty !== 'succeed')
    throw nothingNew(job, listed.length, scored);
  const pinned = isSaving ? null : await pinnedNames(layoutOf(job.output.path, job.output.format));
  const taken = pinned === null ? fresh : fresh.filter(({ partition }) => pinned.has(partition));
  const [first, ...rest] = taken;
  if (first === undefined) return { inputs: [], elsewhere, scoredRows, published };
  const passedOver = [
    ...(first.passedOver ?? []),
    ...(scored.length === 0 ? [] : [{ why: 'scored' as const, names: scored.map(({ name }) => name) }]),
    ...(changed.length === 0 ? [] : [{ why: 'changed' as const, names: changed.map(({ name }) => name) }]),
  ];
  const inputs = [passedOver.length === 0 ? first : { ...first, passedOver }, ...rest];
  return { inputs, elsewhere, scoredRows, published };
}

/** An input that was left out, and the run that scored it. */
interface LeftOut {
  readonly name: string;
  readonly by: ScoredInput;
}

/** Returns the rows of each input that other runs have scored, by the job's watermark; empty without one. */
function rowsByPath({ input, columns }: Job, before: readonly ScoredInput[]): ScoredRows {
  const name = input.since?.watermark ?? null;
  const type = columns.find((column) => column.name === name)?.type;
  const found = new Map<string, ScoredRange[]>();
  for (const { path, marks, folder } of before) {
    if (marks === null || marks.column !== name || marks.type !== type) continue;
    found.set(path, [...(found.get(path) ?? []), ...rangesOf(marks, basename(folder))]);
  }
  return new Map([...found].map(([path, ranges]) => [path, disjoint(ranges)]));
}

async function sortOut(
  job: Job,
  listed: readonly InputFile[],
  {
    before,
    scoredRows,
    published,
  }: Pick<NewInputs, 'scoredRows' | 'published'> & { readonly before: readonly ScoredInput[] },
) {
  const byPath = new Map<string, ScoredInput[]>();
  const byHash = new Map<string, ScoredInput>();
  const sizes = new Set<number>();
  for (const one of before.filter(({ isCurrent }) => isCurrent)) {
    const key = keyOf(one);
    byPath.set(key, [...(byPath.get(key) ?? []), one]);
    if (one.input.sha256 === null) continue;
    byHash.set(`${one.input.sha256} ${partOf(one.partition)}`, one);
    sizes.add(one.input.bytes);
  }
  const fresh: InputFile[] = [];
  const scored: LeftOut[] = [];
  const changed: InputFile[] = [];
  for (const input of listed) {
    const runs = byPath.get(keyOf(input)) ?? [];
    const same = runs.find((one) => isSame(one.input, input, job)) ?? (await byContent(input));
    const by = same !== undefined && hasNoMore(same) ? same : undefined;
    if (by !== undefined) scored.push({ name: input.name, by });
    else fresh.push(input);
    if (by === undefined && runs.length > 0 && published.length === 0 && !scoredRows.has(input.path))
      changed.push(input);
  }
  return { fresh, scored, changed };

  /** Of an input that one run read as a whole, others may have scored the rows, and may be gone by now. */
  function hasNoMore({ path, marks, leftOut }: ScoredInput): boolean {
    const isByMark = marks !== null && marks.column === job.input.since?.watermark;
    return isByMark ? areAllScored(scoredRows.get(path) ?? [], marks) : leftOut === 0;
  }

  /** With `identity: sha256` a file is recognized by its content, whatever its name. */
  async function byContent(input: InputFile): Promise<ScoredInput | undefined> {
    if (job.identity !== 'sha256' || !sizes.has(input.bytes) || input.refusal !== null) return undefined;
    return byHash.get(`${await hashInput(input)} ${partOf(input.part === undefined ? '' : input.partition)}`);
  }
}

/** Tells the parts of a split file apart. */
function keyOf({ path, partition }: { readonly path: string; readonly partition: string }): string {
  return `${path}\0${partOf(partition)}`;
}

function partOf(partition: string): string {
  return /\d+-of-\d+$/.exec(partition)?.[0] ?? '';
}

function isSame(then: Identity['input'], { bytes, mtimeMs, etag }: InputFile, { identity }: Job): boolean {
  if (identity === 'sha256' && then.sha256 !== null) return false;
  return then.bytes === bytes && then.mtimeMs === mtimeMs && then.etag === etag;
}

function nothingNew({ input }: Job, count: number, scored: readonly LeftOut[]): NoInputError | InvalidError {
  const { by } = scored.reduce((last, one) => (one.by.runId > last.by.runId ? one : last));
  const all = count === 1 ? 'the only input is' : `all ${counted(count, 'input')} are`;
  const message = `nothing new at "${input.paths.join('", "')}": ${all} scored already, the last by run ${by.runId} in "${basename(by.folder)}"`;
  const hint =
    'run again when there are new files; to score the same ones again, run the date that scored them with --force';
  if (input.onEmpty === 'fail') return new InvalidError('nothing-new', message, { hint });
  return new NoInputError('nothing-new', message, { hint });
}
