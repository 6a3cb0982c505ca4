import type { TensorType } from '../../chunk/tensor.js';
import type { ModelInput, ModelOutput, TreeFacts } from '../inputs-and-outputs.js';
import { refusesReasons } from './explain-trees.js';
import { treeWay } from './open-tree-kernel.js';
import type { TreeModel } from './tree-model.js';

/** The name of the only input: one row of features in the order of training. */
export const featuresInput = 'features';

/** The names of outputs, the same as exporters to ONNX use: a job fits the file and its export. */
export const outputNames = {
  label: 'label',
  probabilities: 'probabilities',
  score: 'score',
  raw: 'raw_score',
} as const;

interface Described {
  readonly producer: string;
  readonly nodes: number;
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly ModelOutput[];
  readonly trees: TreeFacts;
}

/** Describes a model of trees as one input of named features and its answers, in the types of its trainer. */
export function describeTrees(model: TreeModel): Described {
  const { table, features, isUnnamed, producer, objective, format, notes } = model;
  return {
    producer,
    nodes: table.nodes.feature.length,
    inputs: [
      {
        name: featuresInput,
        type: table.numbers,
        dims: [null, table.features],
        uses: features.map(({ categories }) => ({
          categories: categories === null ? [] : categories.map(String),
          unknown: isTexts(categories) ? 'missing' : null,
        })),
        categories: null,
        unknown: null,
        hasEmptyCategory: false,
        codes: null,
        isUsed: true,
        featureNames: isUnnamed ? null : features.map(({ name }) => name),
      },
    ],
    outputs: outputsOf(model),
    trees: {
      format,
      objective,
      count: table.roots.length,
      mostLeaves: table.mostLeaves,
      numbers: table.numbers,
      way: treeWay(table),
      sums: table.groups,
      refusesReasons: refusesReasons(table),
      notes,
    },
  };
}

function isTexts(categories: TreeModel['features'][number]['categories']): boolean {
  return categories !== null && typeof categories[0] === 'string';
}

function outputsOf({ table, answer }: TreeModel): readonly ModelOutput[] {
  const { groups, numbers } = table;
  const output = (name: string, type: TensorType, width: number) => ({
    name,
    alias: null,
    type,
    dims: [null, width],
    classLabels: null,
    codes: null,
    refused: null,
  });
  const raw = { ...output(outputNames.raw, numbers, groups), onRequest: true };
  if (answer.kind === 'score') return [output(outputNames.score, numbers, groups), raw];
  const label = output(outputNames.label, 'int64', 1);
  if (answer.kind === 'sign') return [label, raw];
  const classes = answer.kind === 'binary' ? 2 : groups;
  const classLabels = Array.from({ length: classes }, (_, i) => String(i));
  return [label, { ...output(outputNames.probabilities, numbers, classes), classLabels }, raw];
}
