import type { About, Cells, SourceDescription } from './format.js';

/** `about` and `cells` of a format whose columns have types and names. */
export function aboutTyped(
  name: string,
  { columns, details }: SourceDescription,
): { readonly about: About; readonly cells: Cells } {
  const titles = columns.map((column) => column.name);
  return {
    about: { words: name, confidence: '', notes: [], json: {}, facts: details },
    cells: {
      kind: 'values',
      titles,
      isTitled: true,
      marks: null,
      rawForm: { form: 'json', columns: titles },
      whyMissing: () => null,
      doubts: () => [],
      hold: (options) => options,
    },
  };
}
