import { type Command, InvalidArgumentError } from 'commander';
import { InvalidError } from '../errors.js';
import { parseDuration } from '../job/duration.js';
import { likelySize, parseSize } from '../job/size.js';
import type { Limits } from '../quality/recommend-model.js';
import { localPath } from './local-path.js';

/** Adds the options that `compare` and `tune` share. */
export function withComparison(command: Command): Command {
  return command
    .option('--labels <column>', 'the input column that holds the true outcomes')
    .option('--positive <text>', 'the label that means 1, where labels are texts')
    .option('--score <output>', 'the output that is compared with the labels; by default the only score')
    .option(
      '--max-memory <size>',
      'recommend a model whose run takes at most this memory, e.g. 512MB',
      sizeOf,
    )
    .option('--min-auc <n>', 'recommend a model with at least this AUC', aucOf)
    .option('--max-rmse <n>', 'recommend a model with at most this error', errorOf)
    .option('--rows <n>', 'rows of the run to plan for, e.g. 10M; by default those that are compared', rowsOf)
    .option(
      '--within <duration>',
      'recommend a model that scores those rows in this time, e.g. 1h',
      durationOf,
    )
    .option('--page <file>', 'write the comparison as a page, and next to it as JSON', localPath)
    .option('--write', 'write the recommended model and settings into the job file', false)
    .option('--memory <size>', 'the memory budget, e.g. 1GiB')
    .option('--quiet', 'no progress', false)
    .option('--json', 'print the comparison as JSON', false);
}

/** Returns the limits of the command line; null if it names none. */
export function limitsOf(options: Readonly<Record<string, unknown>>): Limits | null {
  const given = (name: string) => (options[name] ?? null) as number | null;
  const limits = {
    maxMemoryBytes: given('maxMemory'),
    minAuc: given('minAuc'),
    maxRmse: given('maxRmse'),
    rows: given('rows'),
    withinMs: given('within'),
  };
  const { rows, ...bounds } = limits;
  if (Object.values(bounds).some((bound) => bound !== null)) return limits;
  if (rows === null) return null;
  throw new InvalidError('usage', '"--rows" has no effect without "--within"', {
    hint: 'say how long the rows may take: --rows 10M --within 1h',
  });
}

function aucOf(text: string): number {
  return within(text, 0, 1) ?? refuse('must be a number from 0 to 1');
}

function errorOf(text: string): number {
  return within(text, 0, Number.MAX_VALUE) ?? refuse('must be a number, at least 0');
}

function within(text: string, low: number, high: number): number | null {
  const value = Number(text);
  return text.trim() === '' || !(value >= low && value <= high) ? null : value;
}

function sizeOf(text: string): number {
  return parseSize(text) ?? refuse(`must be a size such as ${likelySize(text) ?? '512MB'}`);
}

function durationOf(text: string): number {
  return parseDuration(text) ?? refuse('must be a duration such as 30m or 1h');
}

function rowsOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text) ?? [];
  const rows = Number(digits ?? 0) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit as '' | 'k' | 'M' | 'G'];
  return Number.isInteger(rows) && rows > 0 ? rows : refuse('must be a number of rows such as 10M');
}

function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}
