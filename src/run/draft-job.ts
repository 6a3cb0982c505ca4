import { basename, dirname, extname, relative, resolve } from 'node:path';
import { InvalidError } from '../errors.js';
import type { ReadOptions, Source } from '../formats/format.js';
import { csvOptions } from '../job/csv-options.js';
import type { Job } from '../job/job.js';
import { readJob } from '../job/read-job.js';
import { describeModel, type ModelDescription } from '../model/describe-model.js';
import { type InputFile, listInputs } from '../storage/list-inputs.js';
import { usingCopies } from '../storage/s3/local-copies.js';
import { whatIsThere } from '../storage/what-is-there.js';
import { yamlText } from '../text/yaml-text.js';
import { checkJob } from './check-job.js';
import type { Draft, DraftColumn, DraftedJob, DraftRequest, ProposedInput } from './draft/draft.js';
import { jobText } from './draft/job-text.js';
import { proposeColumn } from './draft/propose-column.js';
import { type ProposedKey, proposeKeys } from './draft/propose-key.js';
import { proposeMapping } from './draft/propose-mapping.js';
import { proposeOutputs } from './draft/propose-outputs.js';
import { type SampledColumn, sampleInput } from './draft/sample-input.js';
import { type Trial, tryDraft } from './draft/try-draft.js';
import { localJob } from './plan/local-files.js';
import { openInput } from './plan/open-partition.js';
import { withNeighbours } from './plan/with-neighbours.js';

/**
 * Drafts a job file that fits a model and an input: maps columns to the model's inputs, scores the first rows
 * as a run does, and proposes the contract from their values. Writes nothing. Costs two trials of the model
 * and 4 MiB of the input. Throws `InvalidError` for a model or an input that cannot be used, for inputs of
 * the model without a column, and for a draft that `check` would refuse.
 */
export function draftJob(request: DraftRequest): Promise<DraftedJob> {
  return usingCopies(() => draftFrom(request));
}

async function draftFrom(request: DraftRequest): Promise<DraftedJob> {
  const frame = frameOf(request);
  const bare = await localJob(jobOf(frame, {}));
  const description = await describeModel(bare.model.path).catch(async (error: unknown) => {
    throw await withNeighbours(error, 'check that the file exists and is readable, and correct --model');
  });
  request.signal.throwIfAborted();
  const inputs = await listed(request);
  const [file, source] = await openFirst(bare, inputs, description);
  request.signal.throwIfAborted();
  const { columns: sampled, rows: sampledRows } = await sampleInput(source);
  request.signal.throwIfAborted();
  const mapping = await proposeMapping(description.inputs, sampled, request);
  const texts = textsAsNumbers(description, mapping, sampled);
  const dates = datesAsNumbers(description, mapping, sampled);
  const planned = jobOf(frame, {
    model: { path: frame.modelPath, ...mappingOf(mapping, request) },
    columns: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string', categories: ['?'] }])),
      ...Object.fromEntries(dates.map((name) => [name, { type: 'date' }])),
    },
  });
  const trial = await tryDraft(await localJob(planned), [file], request.signal);
  if (trial.rows === 0)
    throw new InvalidError('no-rows', `input "${file.name}" has a header and no rows`, {
      file: file.path,
      hint: 'give a file with rows after --input',
    });
  const fed = new Set(mapping.flatMap(({ columns }) => columns));
  const key = await chooseKey(proposeKeys(sampled, sampledRows, fed), request);
  const nullTexts = source.cells.kind === 'texts' ? bare.input.csv.nullValues : [];
  const columns = trial.plan.features.needs.map((need) =>
    proposeColumn({
      need,
      facts: trial.facts.get(need.name)!,
      rows: trial.rows,
      isIndex: texts.includes(need.name),
      nullTexts,
      problems: trial.problems.filter(({ column }) => column === need.name),
    }),
  );
  const draft: Draft = {
    ...frame,
    inputs: mapping,
    constants: request.constants,
    outputs: proposeOutputs(trial.plan.outputs.columns, trial.scores),
    columns: withKey(key, columns),
    keyDoubt: doubtOf(key),
    carried: key === null || key.doubt !== null ? [] : [key.name],
    gates: gatesFor(trial),
    doubts: [...fileDoubts(source), ...scoreDoubts(trial)],
  };
  const { text, unsure } = jobText(draft, file.name, trial);
  const job = jobOf(frame, text);
  const report = await checkJob(job, request.signal);
  const refused = report.findings.find(({ level }) => level === 'error');
  if (refused !== undefined)
    throw new InvalidError('job-file', `the job file that fits best would fail: ${refused.message}`, {
      ...(refused.hint === null ? {} : { hint: refused.hint }),
    });
  const { rows, isWhole, scored, rejected } = trial;
  return { draft, text, job, unsure, sample: { file: file.name, rows, isWhole, scored, rejected } };
}

type Frame = Pick<Draft, 'name' | 'inputPath' | 'modelPath' | 'outputPath'> & { readonly file: string };

/** Returns names and paths, relative to the folder of the job file. */
function frameOf({ model, input, output }: DraftRequest): Frame {
  const file = resolve(output);
  const from = (path: string) => {
    if (path.includes('://')) return path;
    const there = relative(dirname(file), resolve(path)) || '.';
    return there.split('\\').join('/');
  };
  const path = model.includes('://') ? model : resolve(model);
  const name = jobName(basename(path, extname(path)));
  // MLflow and most exporters call every model `model`; the folder's name is more specific.
  const job = name === '' || name === 'model' ? jobName(basename(dirname(path))) || 'job' : name;
  const inputPath = from(input);
  // In a folder that is read as a whole, names with `_` are not.
  const isAround =
    !/[*?]/.test(inputPath) && (inputPath === '.' || inputPath.split('/').every((part) => part === '..'));
  const folder = isAround ? '_scored' : 'scored';
  return { file, name: job, inputPath, modelPath: from(model), outputPath: `${folder}/${job}` };
}

function jobName(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
}

/**
 * Returns the job of a text, or of an object whose keys replace those of a minimal job without a contract.
 */
function jobOf(frame: Frame, content: string | object): Job {
  const bare = {
    name: frame.name,
    input: { path: frame.inputPath },
    model: { path: frame.modelPath },
    output: { path: frame.outputPath },
  };
  const text = typeof content === 'string' ? content : JSON.stringify({ ...bare, ...content });
  const { job, mistakes } = readJob(text, frame.file, {});
  if (job === null)
    throw new InvalidError('job-file', `the job file would have a mistake: ${mistakes[0]!.message}`, {
      hint: mistakes[0]!.hint ?? 'write the job file by hand: see docs/job-file.md',
    });
  return job;
}

async function listed({ input, model, output }: DraftRequest): Promise<readonly InputFile[]> {
  const own = new Set([resolve(model), resolve(output)]);
  const inputs = await listInputs(input, { baseDir: process.cwd(), empty: false, own });
  if (inputs.length > 0) return inputs;
  const empty = await listInputs(input, { baseDir: process.cwd(), companions: true });
  if (empty.length > 0)
    throw new InvalidError('no-rows', `input "${input}" has no bytes`, {
      hint: 'give a file with rows after --input',
    });
  const there = await whatIsThere(input, process.cwd());
  throw new InvalidError('no-input', `no input at "${input}"${there === null ? '' : `: ${there}`}`, {
    hint: 'correct the path after --input: a file with rows, a glob or a folder',
  });
}

/** Opens the first of the inputs, whose rows are the sample. */
async function openFirst(
  job: Job,
  inputs: readonly InputFile[],
  { inputs: asked }: ModelDescription,
): Promise<readonly [InputFile, Source]> {
  const names = asked.flatMap(({ name, featureNames }) => featureNames ?? [name]);
  const options: ReadOptions = { csv: csvOptions(job.input.csv), names };
  return [inputs[0]!, await openInput(job, inputs[0]!, options)];
}

/** Returns the text columns that feed numbers and whose categories the model does not store. */
function textsAsNumbers(
  { inputs }: ModelDescription,
  mapping: readonly ProposedInput[],
  sampled: readonly SampledColumn[],
): readonly string[] {
  const texts = new Set(sampled.filter(({ kind }) => kind === 'text').map(({ name }) => name));
  return mapping.flatMap(({ input, columns, packed }) => {
    const { type, uses } = inputs.find(({ name }) => name === input)!;
    const isStored = (k: number) => (uses?.[k]?.categories.length ?? 0) > 0;
    return type === 'string' || !packed ? [] : columns.filter((name, k) => texts.has(name) && !isStored(k));
  });
}

/** Returns the columns of dates that feed numbers: a run feeds the days since 1970. */
function datesAsNumbers(
  { inputs }: ModelDescription,
  mapping: readonly ProposedInput[],
  sampled: readonly SampledColumn[],
): readonly string[] {
  const dates = new Set(sampled.filter(({ kind }) => kind === 'date').map(({ name }) => name));
  return mapping.flatMap(({ input, columns }) =>
    inputs.find(({ name }) => name === input)!.type === 'string'
      ? []
      : columns.filter((name) => dates.has(name)),
  );
}

function mappingOf(mapping: readonly ProposedInput[], { constants }: DraftRequest): object {
  const inputs = mapping.filter(({ byName }) => !byName);
  return {
    inputs: Object.fromEntries(
      inputs.map(({ input, columns, packed }) => [input, packed ? columns : columns[0]!]),
    ),
    constants: Object.fromEntries(constants),
  };
}

async function chooseKey(keys: readonly ProposedKey[], { ask }: DraftRequest): Promise<ProposedKey | null> {
  const [best] = keys;
  if (best === undefined || best.doubt === null || ask === null) return best ?? null;
  const name = await ask.key(keys.map((one) => one.name));
  const chosen = keys.find((one) => one.name === name);
  return chosen === undefined ? null : { ...chosen, doubt: null };
}

/** Returns what is said of a doubtful key, and how to make it one; null for a key without doubt. */
function doubtOf(key: ProposedKey | null): Draft['keyDoubt'] {
  if (key === null || key.doubt === null) return null;
  const { name, type, doubt } = key;
  const add = `${yamlText(name)}: { type: ${type}, key: true, missing: reject }`;
  return { name, doubt: `${doubt}; if it does, add "${add}"` };
}

/** Returns the columns with the key first; a doubtful one is not added. */
function withKey(key: ProposedKey | null, columns: readonly DraftColumn[]): readonly DraftColumn[] {
  if (key === null || key.doubt !== null) return columns;
  const own = columns.find(({ name }) => name === key.name);
  const settings = [
    ['key', 'true'],
    ['missing', 'reject'],
  ] as const;
  if (own !== undefined)
    return [{ ...own, settings: [...own.settings, ...settings] }, ...columns.filter((one) => one !== own)];
  const added: DraftColumn = {
    name: key.name,
    settings: [['type', key.type], ...settings],
    remark: 'identifies a row: unique in the sample',
    doubts: [],
  };
  return [added, ...columns];
}

/** Greatest share of rejected rows in the sample for which the draft proposes a wider gate. */
const mostAllowed = 0.05;

/**
 * Returns the gates: the usual ones, wider where the sample itself would close them. A sample that loses more
 * rows than a person would accept unasked keeps the usual gate: a run is then held back until someone decides.
 */
function gatesFor({ rows, rejected, problems }: Trial): Draft['gates'] {
  const share = rows === 0 ? 0 : rejected / rows;
  const usual = 0.01;
  if (share <= usual) return [['max_rejected', '1%', 'of the rows; beyond it nothing is published']];
  const causes = problems
    .filter(({ outcome }) => outcome === 'rejected')
    .toSorted((a, b) => b.count - a.count)
    .map(({ code, column, count }) => `${count} ${code}${column === null ? '' : ` in ${column}`}`);
  const more = causes.length > 5 ? `, and ${causes.length - 5} more` : '';
  const found = `${rejected} of ${rows} rows of the sample are rejected (${causes.slice(0, 5).join(', ')}${more})`;
  if (share > mostAllowed)
    return [
      [
        'max_rejected',
        '1%',
        `UNSURE: ${found}: a run publishes nothing beyond this gate; decide for each of these columns what to do with such values, or allow the share of rows that may be lost`,
      ],
    ];
  return [
    [
      'max_rejected',
      `${Math.ceil(share * 200)}%`,
      `UNSURE: ${found}, more than the usual 1 %; twice that is allowed here`,
    ],
  ];
}

function fileDoubts({ description, cells }: Source): readonly string[] {
  const found = description.findings.filter(({ level }) => level === 'check').map(({ sentence }) => sentence);
  const untitled =
    cells.kind === 'texts' && !cells.isTitled
      ? ['the file has no header: its columns are named by number']
      : [];
  return [...found, ...untitled];
}

/** Returns doubts that only scoring reveals. */
function scoreDoubts({ problems, rows }: Trial): readonly string[] {
  return problems
    .filter(({ code }) => code === 'model-nan' || code === 'model-infinite' || code === 'model-error')
    .map(({ code, column, count }) => {
      const what =
        code === 'model-error'
          ? 'the model fails'
          : `the model returns ${code === 'model-nan' ? 'NaN' : 'infinity'}`;
      return `${what} for ${count} of ${rows} rows of the sample${column === null ? '' : ` (${column})`}: if values are missing there, fill them with "missing: { fill: ... }"`;
    });
}
