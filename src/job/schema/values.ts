import * as z from 'zod';
import { durationPattern } from '../duration.js';
import { percentPattern } from '../limit.js';
import { parseSize, sizePattern } from '../size.js';

/** Makes `error` the message of every check of a schema: what the value must be. */
export const withError = (error: string) => ({ error: () => error });

export const text = z.string(withError('must be text')).min(1, withError('must not be empty'));
export const flag = z.boolean(withError('must be true or false'));
export const sizeText = 'a size such as 4MiB (B; KB, MB, GB, TB; KiB, MiB, GiB, TiB)';
const sizeError = withError(`must be ${sizeText}, or a number of bytes`);
export const size = z
  .union([z.int().min(1, sizeError), z.string().regex(sizePattern, sizeError)], sizeError)
  .refine(
    (written) => parseSize(written) !== null || !sizePattern.test(String(written)),
    withError('must be a whole number of bytes, below 8192TiB'),
  );
export const duration = z
  .string(withError('must be a duration such as 30m or 2h'))
  .regex(durationPattern, withError('must be a duration such as 30m or 2h'));
export const number = z.number(withError('must be a number'));
export const scalar = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean()],
  withError('must be a text, a number, true or false'),
);
/** Nested lists in the shape of a tensor, at most four axes. */
const axis = z.array(scalar);
export const nestedScalars = z.array(
  z.union([scalar, z.array(z.union([scalar, z.array(z.union([scalar, axis]))]))]),
);
export const value = z.union([scalar, z.array(z.number())], withError('must be one value'));
/** Any scalar, read as the text in the file: `[-999, NA, null]` needs no quotes. */
export const word = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean(), z.null()],
  withError('must be a text'),
);
export const words = z.array(word, withError('must be a list of texts'));

export function whole(low: number, high: number) {
  const error = withError(`must be a whole number from ${low} to ${high}`);
  return z.int(error).min(low, error).max(high, error);
}

export function autoOrWhole(low: number, high: number) {
  const error = withError(`must be auto or a whole number from ${low} to ${high}`);
  return z.union([z.literal('auto'), z.int(error).min(low, error).max(high, error)], error);
}

export function oneOf<const Words extends readonly string[]>(choices: Words) {
  return z.enum(choices, withError(`must be ${listed(choices)}`));
}

function listed(choices: readonly string[]): string {
  return choices.length === 1
    ? choices[0]!
    : `${choices.slice(0, -1).join(', ')} or ${choices[choices.length - 1]}`;
}

/** A word, or a replacement value; `as` is a synonym of `fill`. */
export function policy<const Words extends readonly string[]>(choices: Words) {
  return z.union(
    [z.enum(choices), z.strictObject({ fill: value }), z.strictObject({ as: value })],
    withError(`must be ${choices.join(', ')} or { fill: value }`),
  );
}

const limitError = withError('must be a share such as 1%, or a whole number of rows');
const limit = z.union(
  [z.int(limitError).min(0, limitError), z.string().regex(percentPattern, limitError)],
  limitError,
);
/** A limit, or limits that warn and that fail; null: no limit. */
function gateOf<Limit extends z.ZodType>(one: Limit, error: string) {
  const side = one.nullable().optional();
  return z.union([one, z.strictObject({ warn: side, fail: side })], withError(error)).nullable();
}

export const limitGate = gateOf(
  limit,
  'must be a share such as 1%, a whole number of rows, or { warn: ..., fail: ... } of those',
);
export const figureGate = gateOf(number, 'must be a number, or { warn: number, fail: number }');
export const ageGate = gateOf(
  duration,
  'must be a duration such as 26h or 90d, or { warn: ..., fail: ... } of those',
);

const bound = z.union(
  [z.number(), z.bigint(), z.string(), z.null()],
  withError('must be a number, a date in quotes, or null for no bound'),
);
export const range = z.tuple([bound, bound], withError('must be [low, high]'));
