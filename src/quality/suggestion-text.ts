import { yamlText } from '../text/yaml-text.js';
import type { Suggestion } from './suggestion.js';

/** Keys that the job file already sets for a column, which are not suggested again. */
interface Declared {
  readonly name: string;
  readonly range: boolean;
  readonly categories: boolean;
  readonly missing: boolean;
}

/**
 * Formats suggestions as lines of YAML for the job file's `columns`, without keys that it already has; empty
 * if nothing is left.
 */
export function suggestionText(
  suggestions: readonly Suggestion[],
  declared: readonly Declared[],
): readonly string[] {
  const known = new Map(declared.map((column) => [column.name, column]));
  return suggestions.flatMap(({ column, range, categories, fill }) => {
    const said = known.get(column);
    const words = [
      ...(range === undefined || said?.range === true ? [] : [`range: [${range.join(', ')}]`]),
      ...(categories === undefined || said?.categories === true
        ? []
        : [`categories: [${categories.map(yamlText).join(', ')}]`]),
      ...(fill === undefined || said?.missing === true
        ? []
        : [`missing: { fill: ${typeof fill === 'number' ? fill : yamlText(fill)} }`]),
    ];
    return words.length === 0 ? [] : [`  ${yamlText(column)}: { ${words.join(', ')} }`];
  });
}
