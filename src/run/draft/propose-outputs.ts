import type { OutputPlan } from '../../features/output-plan.js';
import { yamlText } from '../../text/yaml-text.js';
import type { Draft } from './draft.js';
import type { Range } from './try-draft.js';

/** Maximum number of columns that are listed; with more, the default writes every output. */
const mostListed = 20;

/** A float32 sum of probabilities is off by less than this: trees give -3.6e-7 for 1 minus a sum. */
const rounding = 0.00001;

/**
 * Proposes the columns of the scored file: every output, as it is written by default, by name. `ranges` are
 * those of the scores of the sample.
 */
export function proposeOutputs(
  columns: OutputPlan['columns'],
  ranges: ReadonlyMap<string, Range>,
): Draft['outputs'] {
  if (columns.length > mostListed || new Set(columns.map(({ name }) => name)).size < columns.length)
    return [];
  return columns.map(({ name, from, index, label, width }) => {
    const parts = [`from: ${yamlText(from)}`];
    if (label !== null) parts.push(`class: ${/^-?\d+$/.test(label) ? label : yamlText(label)}`);
    else if (index !== null && width !== 1) parts.push(`class: ${index}`);
    if (label === null || !/prob/i.test(from)) return [name, `{ ${parts.join(', ')} }`, ''];
    const { min, max } = ranges.get(name) ?? { min: 0, max: 1 };
    const isRounded = Math.min(min, 1 - max) < 0 && Math.min(min, 1 - max) >= -rounding;
    parts.push(isRounded ? 'range: [-0.00001, 1.00001]' : 'range: [0, 1]');
    return [
      name,
      `{ ${parts.join(', ')} }`,
      isRounded ? `rounded by the model: ${min} to ${max} in the sample` : '',
    ];
  });
}
