import { constantInts } from './read-constant.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel } from './read-model.js';

/** A model's answer to an unknown string: zeros, its default, or an error; null without a dictionary. */
export type UnknownPolicy = 'zeros' | 'default' | 'error' | 'missing' | null;

/** A column of a string input, and the strings it is compared with downstream. */
export interface Origin {
  readonly categories: Set<string>;
  unknown: UnknownPolicy;
}

/** A string tensor: the possible origins of its strings, per column of its last axis if known. */
export interface Flow {
  readonly group: Group;
  readonly columns: readonly (readonly Origin[])[] | null;
  readonly origins: readonly Origin[];
  /** True if it may contain strings from outside, so that not all of its values are in the dictionary. */
  readonly open: boolean;
}

/** A component while it grows: groups that meet are united under one parent. */
export interface Group {
  parent: Group | null;
  inputs: string[];
  outputs: string[];
  tensors: string[];
  dictionary: Set<string>;
  blocked: string | null;
}

const keepsColumns = new Set(['Identity', 'Cast', 'Compress']);

/**
 * Returns the columns in each output of a node that moves them, exact for constant indices along the last
 * axis of a matrix, else unknown.
 */
export function moveColumns(model: OnnxModel, node: GraphNode, data: Flow): Flow['columns'][] {
  const outputs = node.outputs.length;
  const unknown = node.outputs.map(() => null);
  const columns = data.columns;
  if (keepsColumns.has(node.op)) return node.outputs.map(() => columns);
  if (columns === null) return unknown;
  const width = columns.length;
  const isColumnAxis = (axis: number): boolean => axis === 1 || axis === -1;
  if (node.op === 'ArrayFeatureExtractor' || node.op === 'Gather') {
    if (node.op === 'Gather' && !isColumnAxis(intOf(model, node, 'axis', 0))) return [columns];
    const picked = constantInts(model, node.inputs[1]!, 10_000)?.map((i) => columns[i < 0 ? i + width : i]);
    return picked?.every((column) => column !== undefined) ? [picked as Origin[][]] : unknown;
  }
  if (node.op === 'Split') {
    if (!isColumnAxis(intOf(model, node, 'axis', 0))) return node.outputs.map(() => columns);
    const sizes =
      attributeOf(model, node, 'split')?.ints?.map(Number) ??
      (node.inputs[1] === undefined ? null : constantInts(model, node.inputs[1], 10_000)) ??
      node.outputs.map(() => Math.ceil(width / outputs));
    let at = 0;
    return node.outputs.map((_, i) => columns.slice(at, (at += sizes[i] ?? 0)));
  }
  return unknown;
}

/** Returns the columns of concatenated tensors; null along another axis. */
export function concatColumns(model: OnnxModel, node: GraphNode, from: readonly Flow[]): Flow['columns'] {
  const axis = intOf(model, node, 'axis', 0);
  if (axis !== 1 && axis !== -1) return null;
  return from.flatMap((flow) => flow.columns ?? [flow.origins]);
}

/** Returns the columns of an elementwise choice between two tensors. */
export function mergeColumns(a: Flow, b: Flow): Flow['columns'] {
  if (a.columns === null || b.columns === null) {
    // A constant adds no origin, in any shape.
    if (a.origins.length === 0) return b.columns;
    return b.origins.length === 0 ? a.columns : null;
  }
  if (a.columns.length !== b.columns.length) return null;
  return a.columns.map((column, i) => [...new Set([...column, ...b.columns![i]!])]);
}

/** Records that a lookup compares all origins of `data` with `strings`. */
export function noteUse(data: Flow, strings: readonly string[], unknown: UnknownPolicy): void {
  for (const origin of data.origins) {
    for (const text of strings) origin.categories.add(text);
    // A lookup of the empty string alone detects missing values; it says nothing about unknown strings.
    if (strings.every((text) => text === '')) continue;
    // The strictest answer wins: a row fails as soon as one encoder refuses it.
    if (origin.unknown !== 'error')
      origin.unknown = unknown === 'error' ? 'error' : (origin.unknown ?? unknown);
  }
}

/** Adds strings to a group's dictionary. */
export function addStrings(group: Group, strings: readonly string[]): void {
  for (const text of strings) {
    group.dictionary.add(text);
    // Broken bytes all read as U+FFFD: two different strings of the model could become one.
    if (text.includes('\ufffd')) block(group, 'a string of the model is not valid UTF-8');
  }
}

/** Prevents a group from being rewritten; the first reason stays. */
export function block(group: Group, reason: string): void {
  group.blocked ??= reason;
}

/** Returns the group into which this one was united. */
export function root(group: Group): Group {
  while (group.parent !== null) group = group.parent;
  return group;
}

/** Unites two groups, because strings move or are compared between them. */
export function unite(a: Group, b: Group): Group {
  if (a === b) return a;
  b.parent = a;
  a.inputs.push(...b.inputs);
  a.outputs.push(...b.outputs);
  a.tensors.push(...b.tensors);
  for (const text of b.dictionary) a.dictionary.add(text);
  a.blocked ??= b.blocked;
  return a;
}
