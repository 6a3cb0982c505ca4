import { defaultParse, type ReadColumn } from '../../chunk/read-plan.js';
import { TransientError } from '../../errors.js';
import type { FormatName, Source } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { plainContract } from '../../repair/plain-contract.js';
import { published } from '../../repair/repeated-keys.js';
import { storageError } from '../../storage/storage-error.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import { lendPath } from '../plan/lend-remote.js';
import type { InputPlan } from '../plan/run-plan.js';
import type { ScoredInput } from '../records/scored-elsewhere.js';
import type { KeysContext } from '../slice/digest-slice.js';
import { digestInputs, digestSource, type FoundKeys, openLedger } from './repeated-keys.js';
import { endedOften } from './score-with-retries.js';
import type { Crew } from './with-workers.js';

/**
 * Finds the rows of all inputs whose key a file that another run of the job has published has, too. Reads the
 * key columns of all those files and of the inputs. Memory: the ledger's bound and the slices in progress.
 * Throws `TransientError` if one of the files cannot be read.
 */
export async function findPublishedKeys(crew: Crew): Promise<FoundKeys> {
  const { plan, observe } = crew;
  const names = plan.job.input.since?.key ?? [];
  const ledger = openLedger();
  const count = plan.published.length;
  observe({ kind: 'note', level: 'info', message: `reading the keys of ${count} published partitions` });
  try {
    for (const [i, file] of plan.published.entries()) {
      const path = pathOf(file);
      try {
        const source = await openPublished(path);
        await digestSource(crew, `keys of ${path}`, source, contextOf(plan, source, file, names), {
          published: () => null,
          add: (slice, digest) => ledger.add(published, i * mostSlices + slice, digest),
        });
      } catch (error) {
        crew.signal.throwIfAborted();
        if (error instanceof WorkerEndedError) throw endedOften(error, `while it read the keys of "${path}"`);
        throw storageError(error, 'output', path);
      }
    }
    const refused = await digestInputs(crew, names, null, ledger);
    return { repeated: await ledger.finishPublished(), refused };
  } finally {
    await ledger.close();
  }
}

/** More slices than any file has: the ledger numbers the slices of all files together. */
const mostSlices = 2 ** 24;

/** Returns the scored file of a partition that another run has published. */
function pathOf({ output, partition, runId, folder }: ScoredInput): string {
  if (output !== null) return output;
  const message = `run ${runId} has decided to publish partition "${partition}" in "${folder}", but was stopped`;
  throw new TransientError('incomplete', message, {
    file: folder,
    hint: 'run its date again first: until then its keys are not known',
  });
}

async function openPublished(path: string): Promise<Source> {
  await lendPath(path);
  const format = path.slice(path.lastIndexOf('.') + 1) as FormatName;
  return (await formats[format]()).open(path, { csv: asWritten });
}

/** How this program writes CSV. */
const asWritten = {
  delimiter: ',',
  quote: '"',
  escape: 'doubled',
  encoding: 'utf-8',
  header: true,
  skip_lines: 0,
  comment: 'none',
  tables: 'one',
  null_values: [''],
  max_row_bytes: 2 ** 28,
  max_field_bytes: null,
};

function contextOf(
  { contract }: InputPlan,
  { description }: Source,
  { output, runId }: ScoredInput,
  keys: readonly string[],
): KeysContext {
  const types = new Map(contract.columns.map((one) => [one.contract.name, one.contract.type]));
  const columns = keys.map((name): ReadColumn => {
    const source = description.columns.findIndex((column) => column.name === name);
    if (source < 0) {
      const message = `"${output}" of run ${runId} has no column "${name}", so its keys are not known`;
      throw new TransientError('incomplete', message, { hint: 'run its date again with --force first' });
    }
    const type = types.get(name)!;
    const parse = defaultParse;
    return { name, source, type, layout: 'text', categories: [], nullValues: [''], parse, exact: 'digits' };
  });
  return {
    keys,
    source: description,
    read: { columns, constants: [] },
    repair: {
      columns: columns.map(({ name, type }) => plainContract(name, type)),
      rules: [],
      cannotBeMissing: [],
      limits: [],
      absent: [],
      audit: false,
      redact: [],
    },
    newRows: null,
  };
}
