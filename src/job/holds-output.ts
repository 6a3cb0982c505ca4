import { resolve, sep } from 'node:path';
import { standardStream } from './job.js';
import { isS3 } from './remote-path.js';

/** Returns true if `output` would be read as part of `input`, which skips names beginning with `_` or `.`. */
export function holdsOutput(input: string, output: string, baseDir: string): boolean {
  if (input === standardStream || isS3(input) !== isS3(output)) return false;
  const glob = input.search(/[*?[\]{}()!]/);
  if (glob >= 0 && !input.includes('**')) return false;
  const folder = resolve(baseDir, glob < 0 ? input : input.slice(0, input.lastIndexOf('/', glob) + 1));
  const target = resolve(baseDir, output);
  if (target === folder) return true;
  const inside = target.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  return (
    inside &&
    !target
      .slice(folder.length)
      .split(sep)
      .some((name) => /^[_.]/.test(name))
  );
}
