import type { TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import type { MlflowSignature } from './read-mlmodel.js';

/** Throws `InvalidError` if a signature does not name the graph's inputs (a hand-made directory). */
export function checkSignature(
  signature: MlflowSignature | null,
  inputs: readonly { readonly name: string; readonly type: TensorType }[],
  path: string,
): void {
  const refuse = (what: string): never => {
    throw new InvalidError('signature-disagrees', `the signature of "${path}" ${what}`, {
      file: path,
      hint: 'log the model again with the signature of the exported model',
    });
  };
  for (const { name, type } of signature?.tensors ?? []) {
    const input =
      name === null && inputs.length === 1 ? inputs[0] : inputs.find((known) => known.name === name);
    if (input?.type === type) continue;
    const found = input === undefined ? 'has no such input' : `takes ${input.type}`;
    refuse(`declares the input "${name ?? ''}" as ${type}, but its model ${found}`);
  }
  for (const { name, type } of signature?.columns ?? []) {
    const input = inputs.find((known) => known.name === name);
    if (input === undefined || (input.type === 'string') === (type === 'string')) continue;
    refuse(`declares the column "${name}" as ${type}, but its model takes ${input.type}`);
  }
}
