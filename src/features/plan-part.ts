import type { ColumnType } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import { type FeatureInput, inputShape, shapeText } from './feature-input.js';
import type { FeatureColumn, FeaturePart } from './feature-plan.js';
import type { ContractColumn, Planning, Source } from './feature-request.js';
import { columnNeed, holdsMissing, joinNeeds, refusedType } from './fit-column.js';

interface Slot {
  readonly at: number;
  /** Index among the columns of the input. */
  readonly k: number;
  readonly isList: boolean;
  readonly packed: boolean;
}

/** A column on its way into an input. */
interface Asked extends Slot {
  readonly state: Planning;
  readonly input: FeatureInput;
  readonly contract: ContractColumn;
  readonly oneHot: boolean;
  readonly type: ColumnType;
}

/** Returns the part that fills the elements from `at`; null after recording why the column cannot. */
export function planPart(
  state: Planning,
  input: FeatureInput,
  contract: ContractColumn,
  { oneHot }: Source,
  slot: Slot,
): FeaturePart | null {
  const known = state.types.get(contract.name) ?? null;
  const coded = slot.isList || oneHot ? null : codedElement(input, slot.at);
  const isText = oneHot || coded?.unknown === 'missing' || contract.categories !== null;
  const type = known ?? inferType(input.type, slot.isList, isText);
  const asked: Asked = { state, input, contract, oneHot, type, ...slot };
  if (slot.isList) return listPart(asked);
  if (coded !== null && (type === 'string') !== (coded.unknown === 'missing'))
    return wrongCategories(asked, coded);
  if (coded?.unknown === 'missing') return codePart(asked, coded.categories);
  if (type === 'string' && input.type !== 'string') return indexPart(asked);
  if (oneHot) {
    return mistake(
      asked,
      `"one_hot" needs a column of strings, and "${contract.name}" is ${type}`,
      `declare its "type" as string and list its "categories"`,
    );
  }
  const refused = refusedType(type, input.type);
  if (refused !== null) {
    return mistake(
      asked,
      `the column "${contract.name}" of ${type} cannot feed the input "${input.name}" of the model, which takes ${input.type}`,
      refused,
    );
  }
  if (input.type === 'string') return textPart(asked);
  need(asked, { cannotBeMissing: !holdsMissing(input.type), ...columnRange(type, input.type) });
  return { kind: 'value', column: contract.name, at: slot.at };
}

type Use = NonNullable<FeatureInput['uses']>[number];

/** Returns the categories of an element of a matrix of numbers; null if it has none. */
function codedElement({ type, uses }: FeatureInput, at: number): Use | null {
  const use = type === 'string' ? undefined : uses?.[at];
  return use === undefined || use.categories.length === 0 ? null : use;
}

/** Returns the part for a string that is fed as its index in the model's own categories. */
function codePart(asked: Asked, dictionary: readonly string[]): FeaturePart {
  need(asked, { categories: dictionary });
  const nothing = Number.NaN;
  return {
    kind: 'code',
    column: asked.contract.name,
    at: asked.at,
    dictionary,
    unknown: nothing,
    missing: nothing,
  };
}

function wrongCategories(asked: Asked, { categories, unknown }: Use): null {
  const { input, contract, type } = asked;
  const some = categories.slice(0, 3).map((text) => (unknown === 'missing' ? JSON.stringify(text) : text));
  return mistake(
    asked,
    `the column "${contract.name}" of ${type} cannot feed the input "${input.name}" of the model, whose categories are ${some.join(', ')}${categories.length > 3 ? ', ...' : ''}`,
    unknown === 'missing'
      ? 'declare its "type" as string'
      : 'declare its "type" as int64 or float64: its categories are numbers',
  );
}

/** Returns a vector that fills the whole input. */
function listPart(asked: Asked): FeaturePart | null {
  const { input, contract, type, at } = asked;
  const { width } = inputShape(input);
  if (type !== 'list<float32>' || width === null || !floats.has(input.type)) {
    return mistake(
      asked,
      `the column "${contract.name}" of ${type} cannot feed the input "${input.name}" of the model, ${shapeText(input)} of ${input.type}`,
      'a list<float32> column can only feed a float input of declared width',
    );
  }
  need(asked, { items: width });
  return { kind: 'list', column: contract.name, at, width };
}

/** Returns the part of a string that feeds numbers: its index in the categories, or an element for each. */
function indexPart(asked: Asked): FeaturePart | null {
  const { input, contract, oneHot, packed, at } = asked;
  const { name: column, categories } = contract;
  if (categories === null) {
    return mistake(
      asked,
      `the string column "${column}" feeds the numeric input "${input.name}" of the model, but has no "categories"`,
      `list them under "columns.${column}.categories" in training order: each string is fed as its index in them`,
    );
  }
  if (oneHot) {
    need(asked, {});
    return { kind: 'one-hot', column, at, categories };
  }
  if (!packed) {
    return mistake(
      asked,
      `the column "${column}" holds strings, and the input "${input.name}" of the model takes ${input.type}`,
      `write { ${JSON.stringify(input.name)}: [${column}] } under "model.inputs" to feed a string's index in "categories"`,
    );
  }
  need(asked, { cannotBeMissing: !floats.has(input.type) });
  return { kind: 'index', column, at, categories };
}

/** Returns the part for a string that feeds strings, or their replacement in a rewritten graph. */
function textPart(asked: Asked): FeaturePart {
  const { input, contract, k, at } = asked;
  const column = contract.name;
  const use = input.uses === null ? null : (input.uses[k] ?? null);
  const hasEmptyCategory = use === null ? input.hasEmptyCategory : use.categories.includes('');
  const categories =
    use === null || use.unknown === null ? null : use.categories.filter((text) => text !== '');
  need(asked, { cannotBeMissing: !hasEmptyCategory, categories, unknownFails: use?.unknown === 'error' });
  if (input.codes === null) return { kind: 'text', column, at };
  const { dictionary, unknown, weights } = input.codes;
  if (weights !== null) return { kind: 'weight', column, at, dictionary, ...weights };
  const empty = dictionary.indexOf('');
  return { kind: 'code', column, at, dictionary, unknown, missing: empty === -1 ? unknown : empty };
}

function mistake({ state, input, contract }: Asked, message: string, hint: string): null {
  state.mistakes.push({ tensor: input.name, column: contract.name, message, hint });
  return null;
}

/** Records what the input requires of the column, in addition to other inputs. */
function need({ state, contract, type }: Asked, more: Partial<FeatureColumn>): void {
  const before = state.needs.get(contract.name);
  const now = columnNeed(contract.name, type, more);
  state.needs.set(contract.name, before === undefined ? now : joinNeeds(before, now));
}

const floats: ReadonlySet<TensorType> = new Set<TensorType>(['float32', 'float64', 'float16']);

/** Returns the number of elements of a row that a part fills; a list fills the input's whole `width`. */
export function partWidth(part: FeaturePart, width: number | null): number {
  if (part.kind === 'one-hot') return part.categories.length;
  if (part.kind === 'list') return width!;
  return part.kind === 'fill' ? part.values.length : 1;
}

function columnRange(type: ColumnType, tensor: TensorType): Pick<FeatureColumn, 'holds'> | object {
  const range = integerRanges[tensor];
  const isWhole = type === 'int32' || type === 'int64' || type === 'date' || type === 'timestamp';
  if (range === undefined || !isWhole) return {};
  return type !== 'int64' && range.low <= -(2 ** 31) && range.high >= 2 ** 31 - 1 ? {} : { holds: range };
}

const integerRanges: Partial<Record<TensorType, { low: number; high: number }>> = {
  int8: { low: -128, high: 127 },
  uint8: { low: 0, high: 255 },
  int16: { low: -32768, high: 32767 },
  uint16: { low: 0, high: 65535 },
  int32: { low: -(2 ** 31), high: 2 ** 31 - 1 },
  uint32: { low: 0, high: 2 ** 32 - 1 },
  uint64: { low: 0, high: Number.POSITIVE_INFINITY },
};

function inferType(tensor: TensorType, isList: boolean, isText: boolean): ColumnType {
  if (isList) return 'list<float32>';
  if (isText) return 'string';
  if (tensor === 'float64' || tensor === 'string' || tensor === 'int64') return tensor;
  if (tensor === 'bool') return 'boolean';
  if (floats.has(tensor)) return 'float32';
  return tensor === 'uint32' || tensor === 'uint64' ? 'int64' : 'int32';
}
