/** Markup that is safe in a page. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | null | readonly Part[];

/** Returns markup from a template: escapes inserted parts but `Html`; joins lists, omits null. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: template.reduce((sum, text, i) => sum + render(parts[i - 1] ?? null) + text) };
}

/** Marks markup from elsewhere as safe, such as the style sheet. */
export function trusted(markup: string): Html {
  return { markup };
}

/** Returns content that is folded to one line describing it; null if there is none. */
export function folded(line: string, content: Html | readonly Html[] | null): Html | null {
  if (content === null) return null;
  return html`<details class="fold"><summary>${line}</summary>${content}</details>`;
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
