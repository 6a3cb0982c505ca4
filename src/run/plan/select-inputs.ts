import { InvalidError } from '../../errors.js';
import { closestWord } from '../../job/closest.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { matchGlob } from '../../storage/match-glob.js';
import { inputsOfShard, type Shard } from './shard-inputs.js';

/** The partitions of a job that a call works on. */
export interface Selection {
  /** Only those with a matching name; null: all. */
  readonly partition: string | null;
  /** Those of one shard; null: all. */
  readonly shard: Shard | null;
  /** Only those that failed last time. */
  readonly failedOnly: boolean;
}

/**
 * Returns the selected inputs in plan order; `failed` are those that failed last time. Throws `InvalidError`
 * if a glob matches none.
 */
export function selectInputs(
  inputs: readonly InputFile[],
  { partition, shard, failedOnly }: Selection,
  failed: ReadonlySet<string>,
): InputFile[] {
  const matches = partition === null ? () => true : matchGlob(partition);
  const named = inputs.filter((input) => matches(input.partition));
  if (named.length === 0 && inputs.length > 0) {
    throw new InvalidError(
      'no-partition',
      `"--partition" matches none of ${inputs.length} partitions, found ${partition}`,
      { hint: namesHint(partition ?? '', inputs) },
    );
  }
  const ofShard = shard === null ? named : inputsOfShard(named, shard);
  if (!failedOnly) return ofShard;
  return ofShard.filter((input) => failed.has(input.partition));
}

/** Maximum number of existing partitions in a message. */
const mostNames = 5;

function namesHint(asked: string, inputs: readonly InputFile[]): string {
  const names = inputs.map(({ partition }) => partition);
  const close = closestWord(asked, names) ?? closestWord(asked.replace(/(\.\w+)+$/, ''), names);
  const meant = close === null ? '' : `did you mean ${close}? `;
  if (names.length === 1) return `${meant}the only one is ${names[0]}`;
  const shown = names.length <= mostNames ? names.slice(0, -1) : names.slice(0, mostNames);
  const rest = names.length <= mostNames ? names.at(-1) : `${names.length - mostNames} more`;
  return `${meant}there are ${shown.join(', ')} and ${rest}`;
}
