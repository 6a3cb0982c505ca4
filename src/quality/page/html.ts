/** Markup that is safe to stand in a page as it is. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | null | readonly Part[];

/** Markup from a template: what is put in is escaped unless it is `Html` itself; lists are laid end to end, null is nothing. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: template.reduce((sum, text, i) => sum + render(parts[i - 1] ?? null) + text) };
}

/** Markup that was made elsewhere and is known to be safe: the plots. */
export function trusted(markup: string): Html {
  return { markup };
}

function render(part: Part): string {
  if (part === null) return '';
  if (Array.isArray(part)) return part.map(render).join('');
  if (typeof part === 'object') return (part as Html).markup;
  return String(part).replace(/[&<>"']/g, (character) => entities[character]!);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
