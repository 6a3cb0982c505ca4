import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { InvalidError } from '../errors.js';
import type { Job } from '../job/job.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../storage/temporary-folder.js';
import type { CommandFile } from './command.js';
import { type ChosenCandidate, candidatesOf, editsOf } from './compare-candidates.js';
import { withComparison } from './compare-options.js';
import { withJob } from './job-options.js';
import { runComparison } from './run-comparison.js';

/** Batch sizes to try besides the job's own. */
const triedBatches = [512, 2048, 8192];

/** `nightshift tune JOB`. */
export const tune = {
  name: 'tune',
  summary:
    'compare batch sizes, numbers of workers and of trees, int8 weights and models: which suit the job best',
  describe: (command) =>
    withComparison(
      withJob(command)
        .option(
          '--models <path...>',
          'models to try besides the job’s own and its smaller versions: int8, fewer trees',
        )
        .option('--batch-rows <n...>', 'rows of a batch to try (default: 512 2048 8192)', collect(2 ** 24))
        .option(
          '--rounds <n...>',
          'rounds of training to try, of LightGBM and XGBoost files (default: a quarter, a half)',
          collect(1_000_000),
        )
        .option(
          '--workers <n...>',
          'numbers of workers to try (default: half the cores, all of them)',
          collect(1024),
        ),
    ).addHelpText(
      'after',
      '\nCost: one pass over the input for each number of workers, in which every model scores all rows with every setting; try it on one file with --input. Publishes nothing.',
    ),
  async run(args, options) {
    const { workers, batchRows, rounds, ...rest } = options;
    const folders: string[] = [];
    // Only where a model is made: elsewhere the temporary folder need not be writable.
    const folder = async (): Promise<string> => {
      if (folders.length === 0) folders.push(await makeTemporaryFolder('nightshift-tune-'));
      return folders[0]!;
    };
    try {
      return await runComparison(args[0]!, rest, async (loaded) => {
        const given = await candidatesOf(args[0]!, rest, loaded);
        const { smallerModels } = await import('./smaller-models.js');
        const { models, notes } = await smallerModels(given, folder);
        const candidates = await settingsOf(models, {
          workers: (workers as number[] | undefined) ?? null,
          batchRows: (batchRows as number[] | undefined) ?? triedBatches,
          rounds: (rounds as number[] | undefined) ?? null,
        });
        return { candidates, notes };
      });
    } finally {
      for (const made of folders) await removeTemporaryFolder(made);
    }
  },
} satisfies CommandFile;

/** The settings to try; null: the default ones. */
interface Tried {
  readonly workers: readonly number[] | null;
  readonly batchRows: readonly number[];
  readonly rounds: readonly number[] | null;
}

/** Returns every combination of model, number of rounds, batch size and number of workers. */
async function settingsOf(given: readonly ChosenCandidate[], tried: Tried): Promise<ChosenCandidate[]> {
  const [own] = given as readonly [ChosenCandidate];
  const { isTreeFile } = await import('../model/trees/is-tree-file.js');
  const { localJob } = await import('../run/plan/local-files.js');
  const local = await Promise.all(given.map(({ job }) => localJob(job)));
  if (tried.rounds !== null && !local.some(({ model }) => isTreeFile(model.path))) {
    throw new InvalidError('usage', '"--rounds" has no effect: no model is a file of LightGBM or XGBoost', {
      hint: 'leave it out, or name such a file with --models; an ONNX model is exported again with fewer trees',
    });
  }
  const found: ChosenCandidate[] = [];
  for (const [i, candidate] of given.entries()) {
    const settings: Setting[] = [];
    for (const rounds of await roundsOf(local[i]!, tried))
      for (const batchRows of [null, ...tried.batchRows]) settings.push({ rounds, batchRows });
    for (const workers of workersOf(candidate.job, tried)) {
      for (const setting of settings) {
        const next = withSetting(candidate, own.job, { ...setting, workers });
        if (next !== null) found.push(next);
      }
    }
  }
  // The reference is the unchanged job.
  return [own, ...found];
}

interface Setting {
  readonly rounds: number | null;
  readonly batchRows: number | null;
}

/** Returns the candidate with these settings; null if it is the job's own model and already has them. */
function withSetting(
  { name, job, edits, made }: ChosenCandidate,
  own: Job,
  { rounds, batchRows, workers }: Setting & { readonly workers: number | null },
): ChosenCandidate | null {
  const changed = {
    ...job,
    model: { ...job.model, rounds: rounds ?? job.model.rounds },
    run: { ...job.run, batchRows: batchRows ?? job.run.batchRows, workers: workers ?? job.run.workers },
  };
  const settings = [
    ...(rounds === null ? [] : [`rounds=${rounds}`]),
    ...(batchRows === null ? [] : [`batch_rows=${batchRows}`]),
    ...(workers === null ? [] : [`workers=${workers}`]),
  ];
  const isSame = batchRows === job.run.batchRows || workers === job.run.workers;
  if (isSame || (settings.length === 0 && job === own)) return null;
  const at = settings.length === 0 ? '' : `${made === undefined ? '@' : ','}${settings.join(',')}`;
  const path = made?.path ?? changed.model.path;
  const written = { ...changed, model: { ...changed.model, path } };
  return {
    ...{ name: `${name}${at}`, job: changed, edits: edits === null ? null : editsOf(own, written) },
    ...(made === undefined ? {} : { made }),
  };
}

/** Returns the numbers of rounds to try: those of the job (null), and fewer for a file of trees. */
async function roundsOf({ model }: Job, { rounds }: Tried): Promise<(number | null)[]> {
  const { describeModel } = await import('../model/describe-model.js');
  const { isTreeFile } = await import('../model/trees/is-tree-file.js');
  const { path } = model;
  if (!isTreeFile(path)) return [null];
  const trees = async (asked: Job['model']['rounds']) => (await describeModel(path, asked)).trees?.count ?? 0;
  const all = Math.round((await trees(model.rounds)) / Math.max(1, await trees(1)));
  const fewer = rounds ?? [Math.floor(all / 4), Math.floor(all / 2)];
  return [null, ...new Set(fewer.filter((count) => count > 0 && (rounds !== null || count < all)))];
}

/** Returns the numbers of workers to try besides the job's own (null). */
function workersOf({ run }: Job, { workers }: Tried): (number | null)[] {
  const cores = availableParallelism();
  const tried = workers ?? [Math.ceil(cores / 2), cores];
  const own = run.workers === 'auto' ? cores : run.workers;
  return [null, ...new Set(tried.filter((count) => count !== own))];
}

function collect(most: number) {
  return (text: string, before: readonly number[] = []): readonly number[] => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > most)
      throw new InvalidArgumentError(`must be whole numbers from 1 to ${most}`);
    return [...before, value];
  };
}
