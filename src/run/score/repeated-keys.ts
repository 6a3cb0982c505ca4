import { tmpdir } from 'node:os';
import { InvalidError, TransientError } from '../../errors.js';
import type { Source } from '../../formats/format.js';
import type { KeyDigest } from '../../repair/key-digest.js';
import { keysPlan } from '../../repair/key-digest.js';
import { type KeyLedger, openKeyLedger } from '../../repair/key-ledger.js';
import type { RepeatedKeys } from '../../repair/repeated-keys.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { statInput } from '../../storage/stat-input.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import { openPartition } from '../plan/open-planned.js';
import type { RunColumn } from '../plan/resolve-contract.js';
import type { KeysContext, KeysTask } from '../slice/digest-slice.js';
import type { PartitionContext } from '../slice/score-slice.js';
import { eachSlice, runTask } from './each-slice.js';
import { endedOften } from './score-with-retries.js';
import type { Crew } from './with-workers.js';

/** Memory of the ledger; the rest goes to a nameless file next to other temporary ones. */
const ledgerBytes = 64 * 2 ** 20;

/** Returns the names of the columns that form the rows' key; none if rows have no key. */
export function keyNames(columns: readonly RunColumn[]): string[] {
  return columns.filter(({ contract }) => contract.key).map(({ contract }) => contract.name);
}

/** Opens a ledger for the keys of this run. */
export function openLedger(): KeyLedger {
  return openKeyLedger({ memoryBytes: ledgerBytes, folder: tmpdir() });
}

/** Returns which of equal keys the contract keeps: the last if it says so, else the first. */
export function kept(columns: readonly RunColumn[]): 'first' | 'last' {
  const isLast = columns.some(({ contract }) => contract.key && contract.repeated === 'keep_last');
  return isLast ? 'last' : 'first';
}

/** The repeated keys of a run over several inputs. */
export interface FoundKeys {
  readonly repeated: RepeatedKeys;
  /** Errors of inputs with unknown keys, by partition. They fail even if they become readable later. */
  readonly refused: ReadonlyMap<string, unknown>;
}

/**
 * Finds the rows of all inputs of the run, including published ones, whose key is not unique, among those that
 * are not left out. Memory: the ledger's bound and the slices in progress. Throws as `digestInputs` does.
 */
export async function findRepeatedKeys(crew: Crew, published: RepeatedKeys | null): Promise<FoundKeys> {
  const { plan } = crew;
  const ledger = openLedger();
  try {
    const refused = await digestInputs(crew, keyNames(plan.columns), published, ledger);
    return { repeated: await ledger.finish(kept(plan.columns)), refused };
  } finally {
    await ledger.close();
  }
}

/**
 * Reads the columns `names` of all inputs into a ledger. A refused input contributes its keys up to the
 * error, and must not be published: returns the errors by partition. Throws if storage fails: without the
 * keys of an input that is scored later, rows that repeat them would be published.
 */
export async function digestInputs(
  crew: Crew,
  names: readonly string[],
  published: RepeatedKeys | null,
  ledger: KeyLedger,
): Promise<ReadonlyMap<string, unknown>> {
  const { plan, signal, observe } = crew;
  const refused = new Map<string, unknown>();
  observe({ kind: 'note', level: 'info', message: 'reading the keys of all partitions' });
  for (const [index, input] of plan.inputs.entries()) {
    try {
      const { source, context } = await openPartition(plan, input);
      const keys = keysContext(context, names);
      await digestSource(crew, `keys of ${input.partition}`, source, keys, {
        published: (slice) => published?.rowsOf(index, slice) ?? null,
        add: (slice, digest) => ledger.add(index, slice, digest),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkerEndedError)
        throw endedOften(error, `while it read the keys of "${input.name}"`);
      if (!(await isRefused(error, input))) throw error;
      refused.set(input.partition, error);
    }
  }
  return refused;
}

/** Returns true if this input's partition must fail: the file is damaged, changed or gone. */
async function isRefused(error: unknown, { path }: InputFile): Promise<boolean> {
  if (error instanceof InvalidError) return true;
  if (error instanceof TransientError && error.reason === 'input-changed') return true;
  return statInput(path).then(
    () => false,
    (cause) => cause.code === 'ENOENT' || cause.reason === 'input-missing',
  );
}

function keysContext(
  { source, read, repair, newRows }: PartitionContext,
  keys: readonly string[],
): KeysContext {
  const isRead = ({ name }: { readonly name: string }) => keys.includes(name) || name === newRows?.column;
  return {
    keys,
    source,
    read: { columns: read.columns.filter(isRead), constants: (read.constants ?? []).filter(isRead) },
    repair: keysPlan(repair, keys)!,
    newRows,
  };
}

/** Reads the keys of a source's rows in workers, in order. */
export async function digestSource(
  crew: Crew,
  key: string,
  source: Source,
  value: KeysContext,
  {
    published,
    add,
  }: {
    published(slice: number): Int32Array | null;
    add(slice: number, digest: KeyDigest): Promise<void>;
  },
): Promise<void> {
  try {
    await eachSlice(crew, source, {
      read: value.read,
      work: async (slice) =>
        (await runTask(crew, { key, value }, {
          slice,
          published: published(slice.index),
        } satisfies KeysTask)) as KeyDigest,
      consume: (digest, slice) => add(slice.index, digest),
    });
  } finally {
    void crew.pool.drop(key);
  }
}
