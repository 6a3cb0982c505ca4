import { basename, dirname } from 'node:path';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';

/**
 * The inputs of one finished run by their fingerprints, in `_nightshift/inputs.json`: later runs use them to
 * recognize a file that is delivered again.
 */
export interface KnownInputs {
  readonly job: string;
  readonly date: string | null;
  /** By fingerprint: the partition, and the first run of this folder that read it. */
  readonly inputs: Readonly<Record<string, { readonly partition: string; readonly run_id: string }>>;
}

/** Maximum number of folders of other runs that are read, and the largest list. */
const mostFolders = 60;
const largestBytes = 8 * 1024 * 1024;

/** The inputs of one finished run, to be written; `runOf` returns the first run that read one. */
export interface NotedInputs extends Pick<KnownInputs, 'job' | 'date'> {
  /** Partitions by the fingerprints of their inputs. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly runOf: (print: string) => string;
}

/** Records the inputs of a run. Never throws: a run does not fail because of it. */
export async function writeKnownInputs(output: string, noted: NotedInputs): Promise<void> {
  const path = join(output, '_nightshift', 'inputs.json');
  await storeOf(path)
    .write(path, textOf(noted))
    .catch(() => {});
}

/** Yields the text of `KnownInputs`, an input at a time. */
function* textOf({ job, date, inputs, runOf }: NotedInputs): Generator<string> {
  yield JSON.stringify({ job, date, inputs: {} }).slice(0, -2);
  let mark = '';
  for (const [print, partition] of inputs) {
    yield `${mark}${JSON.stringify(print)}:${JSON.stringify({ partition, run_id: runOf(print) })}`;
    mark = ',';
  }
  yield '}}\n';
}

/**
 * Returns the inputs of the job's runs for other dates: of the folders next to `output` with similar names
 * (`date=2013-01-03`, or another date in the same position), the 60 nearest by name.
 */
export async function otherInputs(output: string, job: string): Promise<KnownInputs[]> {
  const own = basename(output);
  const shape = shapeOf(own);
  if (shape === own) return [];
  const beside = dirname(output);
  const names = await storeOf(beside)
    .names(beside)
    .catch(() => []);
  const folders = names
    .filter((name) => name !== own && shapeOf(name) === shape)
    .sort((a, b) => Number(a > own) - Number(b > own) || (a < b ? 1 : -1))
    .slice(0, mostFolders);
  const found = await Promise.all(folders.map((name) => readKnown(join(beside, name), job)));
  return found.filter((one) => one !== null);
}

/** Returns a folder's name without its value or its date. */
function shapeOf(name: string): string {
  const key = /^[^=]+=/.exec(name)?.[0];
  return key ?? name.replace(/\d{4}-?\d\d-?\d\d(?:T\d\d(?::?\d\d)*)?/, '<date>');
}

/** Returns the inputs of one run folder; null if unknown. */
export async function readKnown(folder: string, job: string): Promise<KnownInputs | null> {
  const path = join(folder, '_nightshift', 'inputs.json');
  try {
    const text = await storeOf(path).readWith(path, async (file) =>
      file.bytes > largestBytes ? 'null' : file.text(),
    );
    const known = parseJson(text) as KnownInputs;
    return known.job === job && typeof known.inputs === 'object' ? known : null;
  } catch {
    return null;
  }
}
