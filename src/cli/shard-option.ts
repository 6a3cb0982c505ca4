import { InvalidArgumentError } from 'commander';
import type { Shard } from '../run/plan/shard-inputs.js';

/** Names of the environment variables that hold a task's index, counted from 0, and the number of tasks. */
interface Engine {
  readonly name: string;
  readonly index: string;
  /** Null if the engine has no such variable, or an unreliable one. */
  readonly count: string | null;
}

/** Slurm's SLURM_ARRAY_TASK_COUNT counts a submission's tasks: for one that is resubmitted alone it is 1. */
const engines: readonly Engine[] = [
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', count: null },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { name: 'Cloud Run', index: 'CLOUD_RUN_TASK_INDEX', count: 'CLOUD_RUN_TASK_COUNT' },
  { name: 'Slurm', index: 'SLURM_ARRAY_TASK_ID', count: null },
];

/** Help text of `--shard`. */
export const shardHelp =
  'the i-th of n shares of the partitions, balanced by bytes; auto or auto/n: i (from 0), and n if known, from the environment of Kubernetes, AWS Batch, Cloud Run or Slurm';

/**
 * Parses `--shard 2/8`, the second of eight; `auto/8` takes the index of the engine's task from the
 * environment, `auto` the total too. Throws `InvalidArgumentError` for a shard that does not exist.
 */
export function parseShard(text: string, env: NodeJS.ProcessEnv = process.env): Shard {
  const match = /^(\d+|auto)(?:\/(\d+))?$/.exec(text);
  const total = match?.[2] === undefined ? null : Number(match[2]);
  if (match === null || (match[1] !== 'auto' && total === null))
    throw new InvalidArgumentError('must be i/n, auto or auto/n');
  const { index, count } =
    match[1] === 'auto' ? shardOfTask(env, total) : { index: Number(match[1]), count: total! };
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError('must be i/n, with i from 1 to n');
  return { index, count };
}

function shardOfTask(env: NodeJS.ProcessEnv, given: number | null): Shard {
  const found = engines.filter(({ index }) => env[index] !== undefined && env[index] !== '');
  const [engine] = found;
  if (engine === undefined)
    throw new InvalidArgumentError(`none of ${engines.map(({ index }) => index).join(', ')} is set`);
  if (found.length > 1)
    throw new InvalidArgumentError(`both ${found[0]!.index} and ${found[1]!.index} are set: give i/n`);
  const index = numberIn(env, engine.index);
  const known = engine.count === null || env[engine.count] === undefined ? null : numberIn(env, engine.count);
  if (known !== null && given !== null && known !== given)
    throw new InvalidArgumentError(`${engine.count} is ${known}, not ${given}`);
  const count = known ?? given;
  if (count === null)
    throw new InvalidArgumentError(`${engine.name} does not say how many tasks there are: give auto/n`);
  if (index >= count)
    throw new InvalidArgumentError(
      `${engine.index} is ${index}, which must be from 0 to ${count - 1}: number the tasks from 0`,
    );
  return { index: index + 1, count };
}

function numberIn(env: NodeJS.ProcessEnv, name: string): number {
  const text = env[name]!;
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError(`${name} must be a whole number, found ${text}`);
  return Number(text);
}
