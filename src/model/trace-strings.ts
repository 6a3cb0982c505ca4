import { capturedNames } from './captured-names.js';
import { classifierStrings, labelDefault, labelStrings, opName, stringType } from './node-strings.js';
import { field } from './onnx-schema.js';
import { constantTexts } from './read-constant.js';
import { intOf, type OnnxModel, textsOf } from './read-model.js';
import {
  addStrings,
  block,
  concatColumns,
  type Flow,
  type Group,
  mergeColumns,
  moveColumns,
  noteUse,
  type Origin,
  root,
  type UnknownPolicy,
  unite,
} from './string-flow.js';

/**
 * String tensors that are tied to each other because strings move between them or are compared. Within one component a string can be replaced
 * by a number as long as every node only moves strings or compares them with `dictionary`; `blocked` says what stands against it.
 */
export interface StringComponent {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlySet<string>;
  /** Every string that the component names, in order of first appearance; a string's place is its code. */
  readonly dictionary: readonly string[];
  readonly blocked: string | null;
}

/** What one column of a string input is compared with. */
export interface ColumnUse {
  readonly categories: readonly string[];
  readonly unknown: UnknownPolicy;
}

/** The strings of a model: what hangs together, and what each input's columns are compared with. */
export interface StringTrace {
  readonly components: readonly StringComponent[];
  /** Per string input, one entry per column; null where its columns cannot be told apart. */
  readonly uses: ReadonlyMap<string, readonly ColumnUse[]>;
}

/** Ops that move the elements of their first input and look at none of them. */
const movers = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
  'Gather',
  'GatherElements',
  'GatherND',
  'Slice',
  'Split',
  'Compress',
  'ai.onnx.ml ArrayFeatureExtractor',
]);

const constantLimit = 4_000_000;

/**
 * Follows strings through the graph, from the inputs, constants and dictionaries on. The argument for replacing them: ops that only move
 * elements treat all types alike (Wadler, "Theorems for free!", 1989), and a lookup sees nothing but equality with the dictionary's strings, which
 * an injective code keeps, while all other strings may share one code. One pass over the nodes.
 */
export function traceStrings(model: OnnxModel): StringTrace {
  const flows = new Map<string, Flow>();
  const groups: Group[] = [];
  const inputOrigins = new Map<string, Origin[]>();

  const open = (tensor: string, strings: readonly string[]): Group => {
    const group: Group = {
      parent: null,
      inputs: [],
      outputs: [],
      tensors: [tensor],
      dictionary: new Set(),
      blocked: null,
    };
    groups.push(group);
    addStrings(group, strings);
    return group;
  };
  const source = (tensor: string, strings: readonly string[]): void => {
    flows.set(tensor, { group: open(tensor, strings), columns: null, origins: [], open: false });
  };
  const flowOf = (tensor: string | undefined): Flow | undefined => {
    if (tensor === undefined || tensor === '') return undefined;
    const flow = flows.get(tensor);
    if (flow !== undefined || model.initializers.get(tensor)?.element !== 'string') return flow;
    const strings = constantTexts(model, tensor, constantLimit);
    source(tensor, strings ?? []);
    if (strings === null) block(root(flows.get(tensor)!.group), `the constant "${tensor}" is too large`);
    return flows.get(tensor);
  };
  const derive = (tensor: string | undefined, from: readonly Flow[], columns: Flow['columns']): void => {
    if (tensor === undefined || tensor === '') return;
    const group = from.map((flow) => root(flow.group)).reduce(unite);
    group.tensors.push(tensor);
    const origins = [...new Set(columns?.flat() ?? from.flatMap((flow) => flow.origins))];
    flows.set(tensor, { group, columns, origins, open: from.some((flow) => flow.open) });
  };

  for (const input of model.inputs) {
    if (input.type.kind !== 'tensor' || input.type.element !== 'string') continue;
    const group = open(input.name, []);
    group.inputs.push(input.name);
    const width = columnsOf(input.type.dims);
    const origins = Array.from(
      { length: width ?? 1 },
      (): Origin => ({ categories: new Set(), unknown: null }),
    );
    flows.set(input.name, {
      group,
      columns: width === null ? null : origins.map((origin) => [origin]),
      origins,
      open: true,
    });
    if (width !== null) inputOrigins.set(input.name, origins);
    if (model.initializers.has(input.name)) block(group, `the input "${input.name}" has a default`);
  }
  if (model.fields.some(({ number }) => number === field.model.functions)) {
    for (const group of groups) block(group, 'the model has functions of its own');
  }

  for (const node of model.nodes) {
    const name = opName(node);
    for (const captured of capturedNames(node)) {
      const flow = flowOf(captured);
      if (flow !== undefined) block(root(flow.group), `the body of ${name} uses "${captured}"`);
    }
    const from = node.inputs.map(flowOf);
    const data = from[0];
    const output = node.outputs[0];
    if (name === 'Constant') {
      const strings = constantTexts(model, output!, constantLimit);
      if (strings !== null) source(output!, strings);
    } else if (movers.has(name) && data !== undefined) {
      moveColumns(model, node, data).forEach((columns, i) => {
        derive(node.outputs[i], [data], columns);
      });
    } else if (name === 'Cast' && intOf(model, node, 'to', 0) === stringType) {
      if (data !== undefined) derive(output, [data], data.columns);
      else {
        source(output!, []);
        block(root(flows.get(output!)!.group), 'Cast writes numbers as strings');
      }
    } else if (name === 'Concat' && from.length > 0 && from.every((flow) => flow !== undefined)) {
      derive(output, from, concatColumns(model, node, from));
    } else if (name === 'Where' && from[1] !== undefined && from[2] !== undefined) {
      derive(output, [from[1], from[2]], mergeColumns(from[1], from[2]));
    } else if (name === 'Equal' && data !== undefined && from[1] !== undefined) {
      const group = unite(root(data.group), root(from[1].group));
      if (data.open && from[1].open) block(group, 'Equal compares two inputs with each other');
      for (const origin of [...data.origins, ...from[1].origins]) {
        for (const text of group.dictionary) origin.categories.add(text);
        origin.unknown ??= 'default';
      }
    } else if (name === 'Shape' || name === 'Size') {
      // Looks at no element.
    } else if (name === 'ai.onnx.ml OneHotEncoder' && data !== undefined) {
      const strings = textsOf(model, node, 'cats_strings');
      if (strings === undefined) block(root(data.group), 'OneHotEncoder has no strings');
      else {
        addStrings(root(data.group), strings);
        noteUse(data, strings, intOf(model, node, 'zeros', 1) === 0 ? 'error' : 'zeros');
      }
    } else if (name === 'ai.onnx.ml LabelEncoder') {
      const keys = labelStrings(model, node, 'keys');
      const values = labelStrings(model, node, 'values');
      if (data !== undefined) {
        if (keys === null) block(root(data.group), 'LabelEncoder is of an old form');
        else {
          addStrings(root(data.group), keys);
          noteUse(data, keys, 'default');
        }
      }
      if (values !== null) source(output!, [...values, labelDefault(model, node)]);
    } else {
      for (const flow of from) {
        if (flow !== undefined)
          block(root(flow.group), `${name} does more with strings than move or look them up`);
      }
      const labels = classifierStrings(model, node);
      if (labels !== undefined && output !== undefined && output !== '') source(output, labels);
    }
  }

  for (const { name } of model.outputs) {
    const flow = flowOf(name);
    if (flow === undefined) continue;
    const group = root(flow.group);
    group.outputs.push(name);
    if (flow.open) block(group, `strings of an input reach the output "${name}" as they are`);
  }
  const uses = new Map<string, ColumnUse[]>();
  for (const [input, origins] of inputOrigins) {
    uses.set(
      input,
      origins.map(({ categories, unknown }) => ({ categories: [...categories], unknown })),
    );
  }
  return { components: groups.filter(({ parent }) => parent === null).map(component), uses };
}

function component(group: Group): StringComponent {
  return {
    inputs: group.inputs,
    outputs: group.outputs,
    tensors: new Set(group.tensors),
    dictionary: [...group.dictionary],
    blocked: group.blocked,
  };
}

/** Columns of an input: 1 for `[N]` and `[N,1]`, F for `[N,F]`, null where it is open. */
function columnsOf(dims: readonly (number | string | null)[] | null): number | null {
  if (dims === null) return null;
  if (dims.length <= 1) return 1;
  const width = dims[1];
  return dims.length === 2 && typeof width === 'number' ? width : null;
}
