import { parseDuration } from './duration.js';
import type { FigureGate, LimitGate } from './job.js';
import { parseLimit } from './limit.js';

type Sided<T> = T | { readonly warn?: T | null | undefined; readonly fail?: T | null | undefined } | null;

/** A gate on shares or counts as it is written (`1%`, `100`, `{ warn: 1%, fail: 5% }`); one figure alone is where it fails. */
export function limitGate(written: Sided<number | string>): LimitGate {
  const { warn, fail } = sides(written);
  return { warn: warn === null ? null : parseLimit(warn), fail: fail === null ? null : parseLimit(fail) };
}

/** A gate on a figure as it is written; one figure alone is where it fails. */
export function figureGate(written: Sided<number>): FigureGate {
  return sides(written);
}

/** A gate on an age as it is written, in milliseconds; one duration alone is where it fails. */
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
