import { ModelFault } from './model-value.js';
import {
  type Answer,
  categoriesOf,
  identity,
  type Link,
  type TreeFeature,
  type TreeModel,
  uniqueNames,
} from './tree-model.js';
import { defaultLeft, rule } from './tree-table.js';

/** The fields about the whole model that LightGBM's text and JSON share. */
export interface LightgbmFacts {
  readonly version: string;
  readonly classes: number;
  readonly treesPerRound: number;
  /** Null if it was trained with a function of the user's own: the sums are the answers. */
  readonly objective: string | null;
  readonly isAverage: boolean;
  readonly names: readonly string[];
  /** By feature: true if its values are categories. */
  readonly isCategorical: readonly boolean[];
  readonly pandasCategories: readonly (readonly unknown[])[];
}

/** Returns the rule of a node by its missing type (0 none, 1 zero, 2 NaN) and default side. */
export function numberRule(missing: number, isLeft: boolean): number {
  const rules = [rule.atMost, rule.atMostZeroMissing, rule.atMostNanMissing];
  return rules[missing]! + (isLeft ? defaultLeft : 0);
}

/** Returns what the facts mean, apart from the trees; `rounds` are those to score. */
export function lightgbmMeaning(
  facts: LightgbmFacts,
  rounds: number,
): Omit<TreeModel, 'format' | 'table' | 'notes'> {
  const { version, objective, isAverage, names, classes, treesPerRound } = facts;
  return {
    producer: `LightGBM ${version}`.trim(),
    objective: objective ?? 'custom',
    features: featuresOf({ ...facts, names: uniqueNames(names) }),
    isUnnamed: names.every((name, i) => name === `Column_${i}`),
    divisor: isAverage ? rounds : 1,
    answer: answerOf(objective, classes, treesPerRound),
  };
}

function featuresOf({ names, isCategorical, pandasCategories }: LightgbmFacts): TreeFeature[] {
  if (pandasCategories.length === 0) return names.map((name) => ({ name, categories: null }));
  const places = names.flatMap((_, i) => (isCategorical[i] ? [i] : []));
  if (places.length !== pandasCategories.length) {
    throw new ModelFault(
      `it holds the categories of ${pandasCategories.length} columns, but ${places.length} of its features are categorical, so the file does not say which column has which (as with ordered categories, and with columns that are constant)`,
    );
  }
  return names.map((name, i) => {
    const values = pandasCategories[places.indexOf(i)];
    return { name, categories: values === undefined ? null : categoriesOf(values, `"${name}"`) };
  });
}

/** Returns how an objective's sums become answers. Throws `ModelFault` for an unknown objective. */
function answerOf(objective: string | null, classes: number, treesPerRound: number): Answer {
  const [name = '', ...settings] = (objective ?? 'custom').split(' ').filter((word) => word !== '');
  const setting = (key: string): number => {
    const text = settings.find((word) => word.startsWith(`${key}:`))?.slice(key.length + 1);
    const value = text === undefined || text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw new ModelFault(`its objective "${objective}" has no usable "${key}"`);
  };
  const oneSum = (answer: Answer): Answer => {
    if (treesPerRound === 1) return answer;
    throw new ModelFault(`its objective "${objective}" has ${treesPerRound} trees per round, expected 1`);
  };
  const perClass = (answer: Answer): Answer => {
    if (treesPerRound === classes && setting('num_class') === classes) return answer;
    throw new ModelFault(`its objective "${objective}" does not fit ${treesPerRound} trees per round`);
  };
  const score = (link: Link): Answer => oneSum({ kind: 'score', link });
  switch (name) {
    case 'custom':
    case 'none':
      return { kind: 'score', link: identity };
    case 'regression':
    case 'regression_l1':
    case 'huber':
    case 'fair':
    case 'quantile':
    case 'mape':
      return score(settings.includes('sqrt') ? { kind: 'signed-square' } : identity);
    case 'lambdarank':
    case 'rank_xendcg':
      return score(identity);
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return score({ kind: 'exp' });
    case 'cross_entropy':
      return score({ kind: 'sigmoid', slope: 1 });
    case 'cross_entropy_lambda':
      return score({ kind: 'log1p-exp' });
    case 'binary':
      return oneSum({ kind: 'binary', link: { kind: 'sigmoid', slope: setting('sigmoid') } });
    case 'multiclass':
      return perClass({ kind: 'classes', link: { kind: 'softmax' } });
    case 'multiclassova':
      return perClass({ kind: 'classes', link: { kind: 'sigmoid', slope: setting('sigmoid') } });
    default:
      throw new ModelFault(`its objective "${objective}" is not supported`);
  }
}
