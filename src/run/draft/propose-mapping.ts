import { InvalidError } from '../../errors.js';
import { inputShape, isOpenInput, shapeText } from '../../features/feature-input.js';
import { matchName, nearestName } from '../../features/match-name.js';
import type { ModelInput } from '../../model/inputs-and-outputs.js';
import { foldName, indexNames } from '../../repair/column-names.js';
import { counted } from '../../text/units.js';
import type { DraftRequest, ProposedInput } from './draft.js';
import { isIdName } from './propose-key.js';
import type { SampledColumn } from './sample-input.js';

/** An input for which nothing suggests any columns. */
interface Unfed {
  readonly message: string;
  readonly hint: string;
}

/**
 * Proposes which columns of the file feed which input of the model: as given by `--map`, else by name, a
 * matrix by the names that the model stores, by numbered names, or as the only columns that fit. Asks a
 * person for the rest; throws one `InvalidError` naming every input that is left.
 */
export async function proposeMapping(
  inputs: readonly ModelInput[],
  columns: readonly SampledColumn[],
  request: DraftRequest,
): Promise<readonly ProposedInput[]> {
  const fed = inputs.filter(({ name, isUsed }) => isUsed && !request.constants.has(name));
  refuseUnknown(inputs, columns, request);
  const found = new Map<string, ProposedInput>();
  for (const input of fed) {
    const listed = request.maps.get(input.name);
    if (listed !== undefined) found.set(input.name, given(input, listed));
  }
  const open = () => fed.filter(({ name }) => !found.has(name));
  const free = () => {
    const taken = new Set([...found.values()].flatMap((one) => one.columns));
    return columns.filter(({ name }) => !taken.has(name));
  };
  for (const one of byNames(open(), free())) found.set(one.input, one);
  const unfed: Unfed[] = [];
  for (const input of open()) {
    const proposed = proposedFor(input, free());
    const isSure = proposed !== null && proposed.doubt === null;
    const answer = isSure || request.ask === null ? null : await askFor(input, proposed, free(), request.ask);
    const chosen = answer ?? proposed;
    if (chosen === null) unfed.push(unfedInput(input, free()));
    else found.set(input.name, chosen);
  }
  if (unfed.length > 0) throw unfedError(unfed);
  return fed.map(({ name }) => found.get(name)!);
}

function refuseUnknown(
  inputs: readonly ModelInput[],
  columns: readonly SampledColumn[],
  { maps, constants }: DraftRequest,
): void {
  const names = inputs.map(({ name }) => name);
  const known = new Set(columns.map(({ name }) => name));
  for (const [option, given] of [
    ['--map', [...maps.keys()]],
    ['--constant', [...constants.keys()]],
  ] as const)
    for (const name of given)
      if (!names.includes(name))
        throw new InvalidError(
          'model-mapping',
          `"${option}" names "${name}", which is not an input of the model`,
          {
            hint: `the inputs of the model are ${names.map((one) => `"${one}"`).join(', ')}`,
          },
        );
  for (const [input, listed] of maps)
    for (const column of listed) {
      if (known.has(column)) continue;
      const near = nearestName(column, [...known]);
      throw new InvalidError(
        'model-mapping',
        `"--map" feeds "${input}" from "${column}", which is not a column of the input${near === null ? '' : `, did you mean "${near}"`}`,
        { column, hint: `the columns are ${shownNames([...known])}` },
      );
    }
}

function given(input: ModelInput, columns: readonly string[]): ProposedInput {
  const isOne = columns.length === 1 && inputShape(input).width === 1;
  return { input: input.name, columns, packed: !isOne, byName: false, doubt: null };
}

/**
 * Matches single inputs, and matrices whose names the model stores: exact names first, so that a similar name
 * does not take another input's column.
 */
function byNames(inputs: readonly ModelInput[], columns: readonly SampledColumn[]): readonly ProposedInput[] {
  const wanted = [...new Set(inputs.flatMap((input) => wantedNames(input)))];
  const names = columns.map(({ name }) => name);
  const matched = new Map<string, string>();
  const doubts = new Map<string, string>();
  for (const isMeant of levels) {
    const free = names.filter((name) => ![...matched.values()].includes(name));
    const left = wanted.filter((name) => !matched.has(name));
    const pairs = left.map((want) => [want, free.filter((name) => isMeant(want, name))] as const);
    for (const [want, [only, second]] of pairs) {
      if (only === undefined || second !== undefined) continue;
      if (pairs.every(([other, found]) => other === want || !found.includes(only))) matched.set(want, only);
    }
  }
  for (const want of wanted.filter((name) => !matched.has(name))) {
    const near = nearestName(
      want,
      names.filter((name) => ![...matched.values()].includes(name)),
    );
    if (near === null) continue;
    matched.set(want, near);
    doubts.set(want, `the model expects "${want}"; "${near}" is the column with the closest name`);
  }
  return inputs.flatMap((input): ProposedInput[] => {
    const names = wantedNames(input);
    if (names.length === 0 || names.some((name) => !matched.has(name))) return [];
    const found = names.map((name) => matched.get(name)!);
    const doubt = names.flatMap((name) => doubts.get(name) ?? []).join('; ');
    const byName = input.featureNames === null && found[0] === names[0];
    const packed = input.featureNames !== null;
    return [{ input: input.name, columns: found, packed, byName, doubt: doubt === '' ? null : doubt }];
  });
}

const levels: readonly ((wanted: string, name: string) => boolean)[] = [
  (wanted, name) => wanted === name,
  (wanted, name) => foldName(wanted) === foldName(name),
  (wanted, name) => indexNames([name]).respelled(wanted).length > 0,
  (wanted, name) => matchName(wanted, [name]) !== null,
];

function wantedNames(input: ModelInput): readonly string[] {
  if (!isOpenInput(input)) return [];
  return input.featureNames ?? (inputShape(input).width === 1 ? [input.name] : []);
}

/** Proposes columns for a matrix whose columns have no names; null if nothing suggests any. */
function proposedFor(input: ModelInput, free: readonly SampledColumn[]): ProposedInput | null {
  if (!isOpenInput(input)) return null;
  const { width } = inputShape(input);
  const isText = input.type === 'string';
  if (width === 1) return null;
  const list = free.filter(({ kind }) => kind === 'list');
  const same = list.find(({ name }) => foldName(name) === foldName(input.name));
  const propose = (
    columns: readonly SampledColumn[],
    doubt: string | null,
    packed = true,
  ): ProposedInput => ({
    input: input.name,
    columns: columns.map(({ name }) => name),
    packed,
    byName: false,
    doubt,
  });
  if (same !== undefined) return propose([same], null, false);
  const numbered = numberedColumns(input.name, free, width);
  if (numbered !== null) return propose(numbered, null);
  const fits = free.filter(({ kind }) => (isText ? kind === 'text' : isNumeric(kind)));
  const named = free.flatMap(({ name }) => /^(.*?)[_. -]?\d+$/.exec(name)?.[1] ?? []);
  for (const stem of new Set(named)) {
    const series = width === null ? null : numberedColumns(stem, fits, width);
    if (series !== null) return propose(series, orderDoubt(input, series));
  }
  if (list.length === 1 && !isText)
    return propose(list, `"${list[0]!.name}" is the only column of lists in the file`, false);
  for (const columns of narrowed(fits))
    if (width !== null && columns.length === width) return propose(columns, orderDoubt(input, columns));
  return null;
}

function isNumeric(kind: SampledColumn['kind']): boolean {
  return kind === 'whole' || kind === 'number' || kind === 'boolean';
}

/** Returns the columns `stem_0`, `stem_1`, ... (or from 1 on) by number; null unless there are `width`. */
function numberedColumns(
  stem: string,
  columns: readonly SampledColumn[],
  width: number | null,
): readonly SampledColumn[] | null {
  const found = new Map<number, SampledColumn>();
  for (const column of columns) {
    if (!foldName(column.name).startsWith(foldName(stem))) continue;
    const number = /^[_. -]?(\d+)$/.exec(column.name.slice(stem.length))?.[1];
    if (number !== undefined) found.set(Number(number), column);
  }
  const first = found.has(0) ? 0 : 1;
  if (found.size < 2 || (width !== null && found.size !== width)) return null;
  const series = Array.from({ length: found.size }, (_, i) => found.get(first + i));
  return series.includes(undefined) ? null : (series as SampledColumn[]);
}

/**
 * Returns smaller and smaller sets of columns: all, without those that identify rows, without the one that
 * the model was probably trained to predict.
 */
function narrowed(columns: readonly SampledColumn[]): readonly (readonly SampledColumn[])[] {
  const withoutIds = columns.filter((column) => !(isIdName(column.name) && column.isUnique));
  const isTarget = ({ name }: SampledColumn) => /^(y|target|label|class|outcome|response|score)$/i.test(name);
  return [
    columns,
    withoutIds,
    columns.filter((one) => !isTarget(one)),
    withoutIds.filter((one) => !isTarget(one)),
  ];
}

function orderDoubt({ name }: ModelInput, columns: readonly SampledColumn[]): string {
  return `the model does not name the columns of "${name}": these ${columns.length} are the only ones that fit, in the order of the file; it must be the order of training`;
}

async function askFor(
  input: ModelInput,
  proposed: ProposedInput | null,
  free: readonly SampledColumn[],
  ask: NonNullable<DraftRequest['ask']>,
): Promise<ProposedInput | null> {
  if (!isOpenInput(input)) return null;
  const { width } = inputShape(input);
  const answer = await ask.columns({
    input: input.name,
    width,
    proposed: proposed?.columns ?? [],
    candidates: free.map(({ name }) => name),
  });
  return answer === null ? null : given(input, answer);
}

function unfedInput(input: ModelInput, free: readonly SampledColumn[]): Unfed {
  const { name } = input;
  const candidates = shownNames(free.map((column) => column.name));
  if (!isOpenInput(input))
    return {
      message: `the input "${name}" of the model is a single value, so no column can feed it`,
      hint: `give it with --constant ${name}=VALUE`,
    };
  const { width } = inputShape(input);
  if (width === 1)
    return {
      message: `the input "${name}" of the model has no column in the input, which has ${candidates}`,
      hint: `name its column with --map ${name}=COLUMN, or its value with --constant ${name}=VALUE`,
    };
  const names = input.featureNames;
  const asked =
    names === null ? '' : `, and not all of the names that it stores are in the input: ${shownNames(names)}`;
  const size = width === null ? 'a matrix' : counted(width, 'column');
  return {
    message: `the input "${name}" of the model takes ${size} (${shapeText(input)})${asked || ' but does not name them'}; the input has ${candidates}`,
    hint: `list them in training order with --map ${name}=COLUMN,COLUMN,...`,
  };
}

function unfedError(unfed: readonly Unfed[]): InvalidError {
  const [first] = unfed;
  if (unfed.length === 1) return new InvalidError('model-mapping', first!.message, { hint: first!.hint });
  const lines = unfed.map(({ message, hint }) => `  ${message} (${hint})`);
  return new InvalidError(
    'model-mapping',
    [`${unfed.length} inputs of the model have no column`, ...lines].join('\n'),
  );
}

function shownNames(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(', ')
    : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`;
}
