import type { InputCodes } from './inputs-and-outputs.js';
import type { Rewrite } from './rewrite-graph.js';

/** Returns the codes by input, for rewrites that turn strings into codes. */
export function codesOf(rewrites: readonly Rewrite[]): Map<string, InputCodes> {
  const codes = new Map<string, InputCodes>();
  for (const rewrite of rewrites) {
    if (rewrite.kind === 'encode-strings') {
      const { dictionary, unknown } = rewrite;
      for (const input of rewrite.inputs) codes.set(input, { dictionary, unknown, weights: null });
    }
    if (rewrite.kind === 'fold-one-hot') {
      for (const { input, dictionary, width, values } of rewrite.folded) {
        codes.set(input, { dictionary, unknown: -1, weights: { width, values } });
      }
    }
  }
  return codes;
}

/** Returns the dictionaries of outputs that are codes. */
export function codedOutputs(rewrites: readonly Rewrite[]): Map<string, readonly string[]> {
  const outputs = new Map<string, readonly string[]>();
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'encode-strings') continue;
    for (const name of rewrite.outputs) outputs.set(name, rewrite.dictionary);
  }
  return outputs;
}
