import { parseDuration } from './duration.js';
import type { FigureGate, LimitGate } from './job.js';
import { parseLimit } from './limit.js';

type Sided<T> = T | { readonly warn?: T | null | undefined; readonly fail?: T | null | undefined } | null;

/** Parses a gate (`1%`, `100`, `{ warn: 1%, fail: 5% }`); a single number is the failing side. */
export function limitGate(written: Sided<number | string>): LimitGate {
  const { warn, fail } = sides(written);
  return { warn: warn === null ? null : parseLimit(warn), fail: fail === null ? null : parseLimit(fail) };
}

/** Parses a gate on a number; a single number is the failing side. */
export function figureGate(written: Sided<number>): FigureGate {
  return sides(written);
}

/** Parses a gate on an age, in milliseconds; a single duration is the failing side. */
export function ageGate(written: Sided<string>): FigureGate {
  const { warn, fail } = sides(written);
  return {
    warn: warn === null ? null : parseDuration(warn),
    fail: fail === null ? null : parseDuration(fail),
  };
}

function sides<T extends number | string>(written: Sided<T>): { warn: T | null; fail: T | null } {
  if (typeof written !== 'object') return { warn: null, fail: written };
  return { warn: written?.warn ?? null, fail: written?.fail ?? null };
}
