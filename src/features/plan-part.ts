import type { ColumnType } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import { type FeatureInput, inputShape, shapeText } from './feature-input.js';
import type { FeatureColumn, FeaturePart } from './feature-plan.js';
import type { ContractColumn, Planning, Source } from './feature-request.js';
import { columnNeed, holdsMissing, joinNeeds, refusedType } from './fit-column.js';

interface Slot {
  readonly at: number;
  /** Which of the input's columns it is. */
  readonly k: number;
  readonly isList: boolean;
  readonly packed: boolean;
}

/** What fills the places from `at` on; null after noting why the column cannot. */
export function planPart(
  state: Planning,
  input: FeatureInput,
  contract: ContractColumn,
  source: Source,
  { at, k, isList, packed }: Slot,
): FeaturePart | null {
  const column = contract.name;
  const known = state.types.get(column) ?? null;
  const type = known ?? inferType(input.type, isList, source.oneHot || contract.categories !== null);
  const shape = inputShape(input);
  const mistake = (message: string, hint: string): null => {
    state.mistakes.push({ tensor: input.name, column, message, hint });
    return null;
  };
  const need = (more: Partial<FeatureColumn>): void => {
    const before = state.needs.get(column);
    const now = columnNeed(column, type, more);
    state.needs.set(column, before === undefined ? now : joinNeeds(before, now));
  };
  if (isList) {
    if (type !== 'list<float32>' || shape.width === null || !floats.has(input.type)) {
      return mistake(
        `the column "${column}" of ${type} cannot feed the input "${input.name}" of the model, ${shapeText(input)} of ${input.type}`,
        'a list<float32> column feeds a float input whose width the model states',
      );
    }
    need({ items: shape.width });
    return { kind: 'list', column, at, width: shape.width };
  }
  if (type === 'string' && input.type !== 'string') {
    if (contract.categories === null) {
      return mistake(
        `the column "${column}" of strings feeds numbers to the input "${input.name}" of the model, and has no "categories"`,
        `list them under "columns.${column}.categories" in the order of training: a string goes in as its place in them`,
      );
    }
    if (source.oneHot) {
      need({});
      return { kind: 'one-hot', column, at, categories: contract.categories };
    }
    if (!packed) {
      return mistake(
        `the column "${column}" is of strings, and the input "${input.name}" of the model takes ${input.type}`,
        `write { ${JSON.stringify(input.name)}: [${column}] } under "model.inputs" to feed a string's place in "categories"`,
      );
    }
    need({ cannotBeMissing: !floats.has(input.type) });
    return { kind: 'place', column, at, categories: contract.categories };
  }
  if (source.oneHot) {
    return mistake(
      `"one_hot" needs a column of strings, and "${column}" is ${type}`,
      `declare its "type" as string and list its "categories"`,
    );
  }
  const refused = refusedType(type, input.type);
  if (refused !== null) {
    return mistake(
      `the column "${column}" of ${type} cannot feed the input "${input.name}" of the model, which takes ${input.type}`,
      refused,
    );
  }
  if (input.type !== 'string') {
    need({ cannotBeMissing: !holdsMissing(input.type), ...columnRange(type, input.type) });
    return { kind: 'value', column, at };
  }
  const use = input.uses === null ? null : (input.uses[k] ?? null);
  const knowsEmpty = use === null ? input.knowsEmpty : use.categories.includes('');
  const categories =
    use === null || use.unknown === null ? null : use.categories.filter((text) => text !== '');
  need({ cannotBeMissing: !knowsEmpty, categories, unknownFails: use?.unknown === 'error' });
  if (input.codes === null) return { kind: 'text', column, at };
  const { dictionary, unknown, weights } = input.codes;
  if (weights !== null) return { kind: 'weight', column, at, dictionary, ...weights };
  const empty = dictionary.indexOf('');
  return { kind: 'code', column, at, dictionary, unknown, missing: empty === -1 ? unknown : empty };
}

const floats: ReadonlySet<TensorType> = new Set<TensorType>(['float32', 'float64', 'float16']);

/** How many places of a row a part fills; a list fills the input's whole `width`. */
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
