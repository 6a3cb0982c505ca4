import { basename, dirname } from 'node:path';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';

/**
 * Inputs of one finished run by their fingerprints: those of `_nightshift/inputs.json` that were asked for.
 * Later runs use them to recognize a file that is delivered again.
 */
export interface KnownInputs {
  readonly date: string | null;
  /** By fingerprint: the partition, and the first run of this folder that read it. */
  readonly inputs: ReadonlyMap<string, { readonly partition: string; readonly run_id: string }>;
}

/** A list of inputs that could not be read, and why. */
export interface UnreadInputs {
  readonly path: string;
  readonly why: string;
}

/** Maximum number of folders of other runs that are read, and the largest list: some 200,000 inputs. */
const mostFolders = 60;
const largestBytes = 32 * 2 ** 20;

/** The inputs of one finished run, to be written. */
export interface NotedInputs extends KnownInputs {
  readonly job: string;
}

/** Records the inputs of a run. Never throws: a run does not fail because of it. */
export async function writeKnownInputs(output: string, noted: NotedInputs): Promise<void> {
  const path = join(output, '_nightshift', 'inputs.json');
  await storeOf(path)
    .write(path, textOf(noted))
    .catch(() => {});
}

/** Yields the list as JSON, an input at a time. */
function* textOf({ job, date, inputs }: NotedInputs): Generator<string> {
  yield JSON.stringify({ job, date, inputs: {} }).slice(0, -2);
  let mark = '';
  for (const [print, input] of inputs) {
    yield `${mark}${JSON.stringify(print)}:${JSON.stringify(input)}`;
    mark = ',';
  }
  yield '}}\n';
}

/**
 * Looks the fingerprints `prints` up in the lists of the job's runs for other dates: of the folders next to
 * `output` with similar names (`date=2013-01-03`, or another date in the same position), the 60 nearest by
 * name. Reads one list after the other, because each may be large.
 */
export async function otherInputs(
  output: string,
  job: string,
  prints: readonly string[],
): Promise<{ readonly known: KnownInputs[]; readonly unread: UnreadInputs[] }> {
  const known: KnownInputs[] = [];
  const unread: UnreadInputs[] = [];
  const own = basename(output);
  const shape = shapeOf(own);
  if (shape === own || prints.length === 0) return { known, unread };
  const beside = dirname(output);
  const names = await storeOf(beside)
    .names(beside)
    .catch(() => []);
  const folders = names
    .filter((name) => name !== own && shapeOf(name) === shape)
    .sort((a, b) => Number(a > own) - Number(b > own) || (a < b ? 1 : -1))
    .slice(0, mostFolders);
  for (const name of folders) {
    const found = await readKnown(join(beside, name), job, prints);
    if (found !== null && 'why' in found) unread.push(found);
    else if (found !== null) known.push(found);
  }
  return { known, unread };
}

/** Returns a folder's name without its value or its date. */
function shapeOf(name: string): string {
  const key = /^[^=]+=/.exec(name)?.[0];
  return key ?? name.replace(/\d{4}-?\d\d-?\d\d(?:T\d\d(?::?\d\d)*)?/, '<date>');
}

/**
 * Looks the fingerprints `prints` up in the list of one run folder; null if it has none, or is of another
 * job.
 */
export async function readKnown(
  folder: string,
  job: string,
  prints: readonly string[],
): Promise<KnownInputs | UnreadInputs | null> {
  const path = join(folder, '_nightshift', 'inputs.json');
  let text: string | null;
  try {
    text = await storeOf(path).readWith(path, async (file) =>
      file.bytes > largestBytes ? null : file.text(),
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // The folder has no list, or what has its name is a file.
    return /^(?:ENOENT|ENOTDIR)$/.test(code)
      ? null
      : { path, why: `cannot be read (${code || 'no answer'})` };
  }
  if (text === null) return { path, why: `is larger than ${largestBytes / 2 ** 20} MiB` };
  try {
    const list = parseJson(text) as { job: string; date: string | null; inputs: Record<string, unknown> };
    if (typeof list.inputs !== 'object' || list.inputs === null) throw new SyntaxError('it has no inputs');
    if (list.job !== job) return null;
    const found = prints.filter((print) => Object.hasOwn(list.inputs, print));
    const inputs = new Map(found.map((print) => [print, list.inputs[print]]));
    return { date: list.date, inputs: inputs as KnownInputs['inputs'] };
  } catch {
    return { path, why: 'is damaged' };
  }
}
