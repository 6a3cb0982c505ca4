import { type FeatureInput, isOpenInput, shapeText } from './feature-input.js';
import type { FeatureRequest } from './feature-request.js';
import type { MappingMistake } from './mapping-error.js';

/**
 * Returns the first input whose only fixed axis, `[3]` or `[3, 1]`, may be either a batch or the features of
 * a single row. Null if there is none; if another input of the same batch size proves by its own features
 * that it is a batch; or if the job names a column for it.
 */
export function doubtfulAxis({ inputs, mappings, constants }: FeatureRequest): FeatureInput | null {
  const fed = inputs.filter(
    (input) => isOpenInput(input) && !constants.some((constant) => constant.input === input.name),
  );
  const fixed = fed.filter(({ dims }) => typeof dims?.[0] === 'number' && dims[0] > 1);
  if (!fixed.every(hasSingleAxis)) return null;
  const isMapped = ({ name }: FeatureInput) =>
    mappings.some(({ input, packed }) => input === name && !packed);
  return fixed.find((input) => !isMapped(input)) ?? null;
}

/** Returns true if an input's only axis is a number greater than 1: `[3]`, `[3, 1]`. */
export function hasSingleAxis({ dims }: FeatureInput): boolean {
  const [first, ...tail] = dims ?? [];
  return typeof first === 'number' && first > 1 && tail.every((dim) => dim === 1);
}

/** Explains the mistake of giving an input as many columns as its only axis is long. */
export function noRowsMistake(input: FeatureInput): MappingMistake {
  const [length] = input.dims!;
  return {
    tensor: input.name,
    column: null,
    message: `the input "${input.name}" of the model is ${shapeText(input)}, one row of ${length} features without an axis of rows`,
    hint: `export the model with a batch axis: [N, ${length}]`,
  };
}

/** Explains the mistake if the axis may not be a batch, and rows change each other's answers or get none. */
export function doubtfulAxisMistake(input: FeatureInput): MappingMistake {
  const [length] = input.dims!;
  return {
    tensor: input.name,
    column: null,
    message: `the input "${input.name}" of the model is ${shapeText(input)}: ${length} rows, or one row of ${length} features`,
    hint: `for features, export the model with a batch axis: [N, ${length}]; for rows, name the column under "model.inputs": { ${JSON.stringify(input.name)}: column }`,
  };
}
