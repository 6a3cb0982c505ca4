import picomatch from 'picomatch';
import { InvalidError } from '../errors.js';
import { withinTime } from '../process/within-time.js';

/**
 * Returns a function that tests whether a name matches a glob, such as `--partition 'date=2013-01-*'`; a glob
 * without wildcards matches only that name. The function throws `InvalidError` for a name that can match the
 * glob in too many ways to try within a second.
 */
export function matchGlob(glob: string): (name: string) => boolean {
  const matches = picomatch(glob, { dot: true });
  if (!mayBeSlow(glob)) return matches;
  return (name) => {
    let isMatch = false;
    const act = (): void => {
      isMatch = matches(name);
    };
    if (withinTime(mostMs, act)) return isMatch;
    throw new InvalidError('usage', `glob "${glob}" takes too long for the name "${name.slice(0, 80)}"`, {
      hint: 'write it with fewer wildcards',
    });
  };
}

const mostMs = 1000;

/** A glob with up to this many wildcards, and no group, can match a name in few ways only. */
const mostStars = 4;

function mayBeSlow(glob: string): boolean {
  return /[!?@+*]\(/.test(glob) || (glob.match(/\*+/g)?.length ?? 0) > mostStars;
}

/** Splits an input path into the folder to search and the glob below it, empty for a plain path. */
export function splitGlob(spec: string): { readonly base: string; readonly glob: string } {
  const { isGlob, base, glob } = picomatch.scan(spec);
  return isGlob ? { base, glob } : { base: spec, glob: '' };
}
