import type { OutputPlan } from '../../features/output-plan.js';
import { yamlText } from '../../text/yaml-text.js';
import type { Draft } from './draft.js';

/** Maximum number of columns that are listed; with more, the default writes every output. */
const mostListed = 20;

/** Proposes the columns of the scored file: every output, as it is written by default, by name. */
export function proposeOutputs(columns: OutputPlan['columns']): Draft['outputs'] {
  if (columns.length > mostListed || new Set(columns.map(({ name }) => name)).size < columns.length)
    return [];
  return columns.map(({ name, from, index, label, width }) => {
    const parts = [`from: ${yamlText(from)}`];
    if (label !== null) parts.push(`class: ${/^-?\d+$/.test(label) ? label : yamlText(label)}`);
    else if (index !== null && width !== 1) parts.push(`class: ${index}`);
    if (label !== null && /prob/i.test(from)) parts.push('range: [0, 1]');
    return [name, `{ ${parts.join(', ')} }`];
  });
}
